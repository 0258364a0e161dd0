"""Measurements, each of ratios within one run: `make bench` plays them all. No test asserts a time."""
