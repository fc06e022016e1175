"""How many decimal places a currency has."""

from decimal import ROUND_HALF_EVEN, Decimal

# ISO 4217, the currencies whose minor unit is not a hundredth. The rial has one of two places
# there, though nobody has seen a dinar for years.
_BY_PLACES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_PLACES = {name: places for places, names in _BY_PLACES.items() for name in names.split()}


def round_money(amount: Decimal, currency: str) -> Decimal:
    """An amount rounded half-even to the minor unit of its currency (ISO 4217)."""
    return amount.quantize(Decimal(1).scaleb(-_PLACES.get(currency, 2)), ROUND_HALF_EVEN)
