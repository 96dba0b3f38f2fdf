"""Benchmarks: the road beside what a person would write by hand, in one run, as ratios."""
