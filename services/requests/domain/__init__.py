"""The rules of requests: plain functions on frozen values, without I/O and without a clock."""
