"""Money: minor units and rounding, so that totals add up to the cent."""

from decimal import ROUND_HALF_EVEN, Decimal

# ISO 4217: currencies whose minor unit is not the hundredth part.
_WHOLE = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
    *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
)
_THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_TEN_THOUSANDTHS = ("CLF", "UYW")
_PLACES = {
    **dict.fromkeys(_TEN_THOUSANDTHS, 4),
    **dict.fromkeys(_WHOLE, 0),
    **dict.fromkeys(_THOUSANDTHS, 3),
}


def places_of(currency: str) -> int:
    """Decimal places of a currency's minor unit by ISO 4217, such as 3 for KWD."""
    return _PLACES.get(currency, 2)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """An amount rounded half-even to the currency's minor unit."""
    return amount.quantize(Decimal(1).scaleb(-places_of(currency)), rounding=ROUND_HALF_EVEN)
