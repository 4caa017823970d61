"""The pages' words in every language. English stands in the templates; the others in `translations/*.po`."""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from api.domain.vocabulary import Locale

TRANSLATIONS = Path(__file__).parent / "translations"


@cache
def translations(locale: Locale) -> NullTranslations:
    """Return the catalogue of a language, compiled once in memory; the texts' own language has none."""
    path = TRANSLATIONS / f"{locale.replace('-', '_')}.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=locale.replace("-", "_"))
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
