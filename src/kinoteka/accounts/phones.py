"""Phone numbers: every spelling of one is the same account."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

_LONGEST = 40
_SPECIAL = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN})


def normalize_phone(text: str, region: str) -> str:
    """E.164. `region`: whose national numbers are meant where no country code is given. Raises ValueError."""
    if len(text) > _LONGEST or any(c.isalpha() for c in text):
        raise ValueError("Must be a phone number, such as +380 50 123 45 67")
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        raise ValueError("Must be a phone number, such as +380 50 123 45 67") from None
    if number.extension or not phonenumbers.is_valid_number(number):
        raise ValueError("There is no such phone number; check its digits and its country code")
    if phonenumbers.number_type(number) in _SPECIAL:
        raise ValueError("Must be somebody's own phone number")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def mask_phone(phone: str) -> str:
    """What may stand in a log: enough to recognise, too little to call."""
    return f"{phone[:4]}…{phone[-2:]}"
