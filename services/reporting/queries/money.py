"""How many decimal places a currency has."""

from decimal import ROUND_HALF_EVEN, Decimal

# ISO 4217, the currencies whose minor unit is not a hundredth. The rial has one of two places
# there, though nobody has seen a dinar for years.
_PLACES = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


def round_money(amount: Decimal, currency: str) -> Decimal:
    """An amount rounded half-even to the minor unit of its currency (ISO 4217)."""
    return amount.quantize(Decimal(1).scaleb(-_PLACES.get(currency, 2)), ROUND_HALF_EVEN)
