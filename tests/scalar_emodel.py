"""G.107 typed anew with `math` alone, one connection at a time: to check by and to compare with."""

from math import exp, hypot, log2, log10, sqrt


def scalar_score(
    *,
    slr_db: float = 8.0,
    rlr_db: float = 2.0,
    stmr_db: float = 15.0,
    lstr_db: float = 18.0,
    d_sender: float = 3.0,
    d_receiver: float = 3.0,  # noqa: ARG001  LSTR holds it already
    telr_db: float = 65.0,
    wepl_db: float = 110.0,
    talker_echo_delay_s: float = 0.0,
    round_trip_delay_s: float = 0.0,
    absolute_delay_s: float = 0.0,
    qdu: float = 1.0,
    ie: float = 0.0,
    bpl: float = 4.3,
    loss_ratio: float = 0.0,
    burst_ratio: float = 1.0,
    circuit_noise_dbm0p: float = -70.0,
    noise_floor_dbmp: float = -64.0,
    room_noise_sender_dba: float = 35.0,
    room_noise_receiver_dba: float = 35.0,
    advantage: float = 0.0,
    delay_sensitivity: float = 1.0,
    minimum_perceivable_delay_s: float = 0.1,
) -> tuple[float, float]:
    """Return R and MOS."""
    t, tr, ta = talker_echo_delay_s * 1e3, round_trip_delay_s * 1e3, absolute_delay_s * 1e3
    ppl, mt = loss_ratio * 100, minimum_perceivable_delay_s * 1e3
    # Ro
    ps, pr = room_noise_sender_dba, room_noise_receiver_dba
    nos = ps - slr_db - d_sender - 100 + 0.004 * (ps - slr_db - rlr_db - d_sender - 14) ** 2
    pre = pr + 10 * log10(1 + 10 ** ((10 - lstr_db) / 10))
    nor = rlr_db - 121 + pre + 0.008 * (pre - 35) ** 2
    levels = (circuit_noise_dbm0p, nos, nor, noise_floor_dbmp + rlr_db)
    no = 10 * log10(sum(10 ** (level / 10) for level in levels))
    ro = 15 - 1.5 * (slr_db + no)
    # Is
    xolr = slr_db + rlr_db + 0.2 * (64 + no - rlr_db)
    iolr = 20 * ((1 + (xolr / 8) ** 8) ** (1 / 8) - xolr / 8)
    stmro = -10 * log10(10 ** (-stmr_db / 10) + exp(-t / 4) * 10 ** (-telr_db / 10))
    ist = (
        12 * (1 + ((stmro - 13) / 6) ** 8) ** (1 / 8)
        - 28 * (1 + ((stmro + 1) / 19.4) ** 35) ** (1 / 35)
        - 13 * (1 + ((stmro - 3) / 33) ** 13) ** (1 / 13)
        + 29
    )
    q = 37 - 15 * log10(qdu)
    g = 1.07 + 0.258 * q + 0.0602 * q**2
    iq = 15 * log10(1 + 10 ** ((ro - 100) / 15 + 46 / 8.4 - g / 9) + 10 ** (46 / 30 - g / 40))
    # Id
    terv = telr_db - 40 * log10((1 + t / 10) / (1 + t / 150)) + 6 * exp(-0.3 * t**2)
    if stmr_db < 9:
        terv += ist / 2
    half = (-1.5 * (no - rlr_db) - (80 + 2.5 * (terv - 14))) / 2
    idte = (half + sqrt(half**2 + 100) - 1) * (1 - exp(-t)) if t >= 1 else 0.0
    if stmr_db > 20:
        idte = hypot(idte, ist)
    half = (ro - 10.5 * (wepl_db + 7) * (tr + 1) ** -0.25) / 2
    idle = half + sqrt(half**2 + 169)
    idd = 0.0
    if ta > mt:
        x, n = log2(ta / mt), 6 * delay_sensitivity
        idd = 25 * ((1 + x**n) ** (1 / n) - 3 * (1 + (x / 3) ** n) ** (1 / n) + 2)
    ie_eff = ie + (95 - ie) * ppl / (ppl / burst_ratio + bpl)
    r = ro - (iolr + ist + iq) - (idte + idle + idd) - ie_eff + advantage
    held = min(max(r, 0.0), 100.0)
    return r, max(1.0, 1 + 0.035 * held + held * (held - 60) * (100 - held) * 7e-6)
