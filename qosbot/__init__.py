"""qosbot: keeps voice paths good, with proof and with permission."""
