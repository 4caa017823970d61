"""Every text of the pages has its translation, and every code that can be shown has its words."""

from babel.messages.extract import extract_from_dir

from api.domain.feedback import REASONS
from api.domain.vocabulary import FeedbackAbout, Locale
from api.pages.catalogue import TRANSLATIONS, translations
from api.pages.templating import _environment

TEMPLATES = TRANSLATIONS.parent / "templates"


def texts():
    options = {"**.html": {"newstyle_gettext": "true", "encoding": "utf-8"}}
    for _, _, text, _, _ in extract_from_dir(
        str(TEMPLATES), method_map=[("**.html", "jinja2")], options_map=options
    ):
        yield text[0] if isinstance(text, tuple) else text


def test_every_text_is_translated():
    chinese = translations(Locale.ZH_CN)

    missing = sorted(
        {text for text in texts() if text not in chinese._catalog and (text, 0) not in chinese._catalog}
    )

    assert not missing, f"Add these to api/pages/translations/zh_CN.po: {missing}"


def test_no_translation_is_left_over():
    known = {text[0] if isinstance(text, tuple) else text for text in translations(Locale.ZH_CN)._catalog}

    left_over = sorted(known - set(texts()) - {""})

    assert not left_over, f"No template says this any more: {left_over}"


def test_every_reason_and_subject_has_its_words():
    words = _environment(Locale.EN).get_template("_words.html").module

    assert set(words.REASONS) == {reason.value for offered in REASONS.values() for reason in offered}
    assert set(words.ABOUT) == {about.value for about in FeedbackAbout}
