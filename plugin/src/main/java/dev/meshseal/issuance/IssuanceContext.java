package dev.meshseal.issuance;

import java.time.InstantSource;
import java.util.random.RandomGenerator;

/** What everything in issuance shares. */
record IssuanceContext(
    Issuer issuer,
    IssueLimiter limiter,
    Rotation rotation,
    Timer timer,
    InstantSource clock,
    RandomGenerator random,
    IssuanceObserver observer,
    LongestAway<IdentitySecret> away) {}
