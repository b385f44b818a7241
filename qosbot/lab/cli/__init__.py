"""The routers' command line: a configuration tree, EXEC and configuration modes, SSH."""
