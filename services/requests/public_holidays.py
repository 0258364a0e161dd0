"""Public holidays, as the package `holidays` knows them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache

# `holidays` is imported where it is used: every process of the suite would wait for it as it starts


@cache
def regions() -> Mapping[str, Collection[str]]:
    """Countries (ISO 3166-1), each with those of its parts that have days of their own."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    return {country: frozenset(parts) for country, parts in known.items() if len(country) == 2}


def days_off(country: str | None, subdivision: str | None, years: Iterable[int]) -> frozenset[date]:
    """Local dates of public holidays; none where no country is named."""
    if country is None:
        return frozenset()
    return frozenset().union(*(_days_off(country, subdivision, year) for year in years))


@cache
def _days_off(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year, expand=False))
