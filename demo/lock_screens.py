"""What phones would show of the pushes they get: by the app's own rules, and as a page to look at.

A phone shows a notice id once, and once more each time its reader has put it off. A newer notice of a thread
takes the older one's place.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

PHONES_KEPT = 100
NOTICES_KEPT = 50
IDS_KEPT = 5_000


@dataclass(frozen=True, slots=True)
class Shown:
    """One notice on a lock screen. `replaced` counts the older ones of its thread."""

    at: datetime
    kind: str
    title: str
    body: str
    urgent: bool
    replaced: int


@dataclass(slots=True)
class LockScreen:
    """One phone. `repeats` were sent twice and shown once; `silent` had nothing to show."""

    by_thread: "OrderedDict[str, Shown]" = field(default_factory=OrderedDict)
    known: "OrderedDict[str, None]" = field(default_factory=OrderedDict)
    repeats: int = 0
    silent: int = 0

    @property
    def notices(self) -> list[Shown]:
        """What is shown, newest first."""
        return list(reversed(self.by_thread.values()))

    def take(self, message: Mapping[str, Any], at: datetime) -> None:
        data = _inside(message, "data")
        showing = f"{data.get('notice_id', '')}+{data.get('shown_again', 0)}"
        text = _inside(message, "notification")
        if not text:
            self.silent += 1
            return
        if showing in self.known:
            self.repeats += 1
            return
        android = _inside(message, "android")
        thread = str(_inside(android, "notification").get("tag") or showing)
        before = self.by_thread.pop(thread, None)
        self.by_thread[thread] = Shown(
            at=at,
            kind=str(data.get("kind", "")),
            title=str(text.get("title", "")),
            body=str(text.get("body", "")),
            urgent=android.get("priority") == "high",
            replaced=before.replaced + 1 if before else 0,
        )
        self.known[showing] = None
        _keep(self.by_thread, NOTICES_KEPT)
        _keep(self.known, IDS_KEPT)


class LockScreens:
    """All phones by their push addresses, in the order in which they first got something."""

    def __init__(self) -> None:
        self.phones: OrderedDict[str, LockScreen] = OrderedDict()

    def take(self, message: Mapping[str, Any], at: datetime) -> None:
        """Let the phone that a message is for take it."""
        address = str(message.get("token") or message.get("fid") or "nobody")
        self.phones.setdefault(address, LockScreen()).take(message, at)
        _keep(self.phones, PHONES_KEPT)


def page(screens: LockScreens, mode: str, modes: Iterable[str], answers: "Counter[str]") -> str:
    """Write the page: the mode with a button for every other, what was answered, every phone."""
    buttons = "".join(
        f'<button name="mode" value="{escape(one)}"{" disabled" if one == mode else ""}>{escape(one)}'
        "</button>"
        for one in modes
    )
    counted = ", ".join(f"{escape(one)} {count}" for one, count in sorted(answers.items())) or "nothing yet"
    phones = "".join(_phone(address, screen) for address, screen in screens.phones.items())
    return PAGE.format(
        style=STYLE,
        mode=escape(mode),
        buttons=buttons,
        answers=counted,
        phones=phones or "<p>No phone has got anything yet.</p>",
    )


def _phone(address: str, screen: LockScreen) -> str:
    notices = "".join(_notice(shown) for shown in screen.notices)
    return (
        f"<section><h2>...{escape(address[-8:])}</h2>{notices}"
        f"<footer>{screen.repeats} repeats not shown, {screen.silent} silent</footer></section>"
    )


def _notice(shown: Shown) -> str:
    older = f" · replaced {shown.replaced}" if shown.replaced else ""
    return (
        f'<article class="{"live" if shown.urgent else "calm"}"><h3>{escape(shown.title)}</h3>'
        f"<p>{escape(shown.body)}</p>"
        f"<small>{shown.at:%H:%M:%S} UTC · {escape(shown.kind)}{older}</small></article>"
    )


def _inside(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = message.get(name)
    return part if isinstance(part, dict) else {}


def _keep(entries: "OrderedDict[str, Any]", most: int) -> None:
    while len(entries) > most:
        entries.popitem(last=False)


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="2">
<title>Phones</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>Phones</h1>
<form method="post" action="/mode">{buttons}</form>
<p>The push service is in mode <b>{mode}</b>. Posted by mode: {answers}.</p>
</header>
<main>{phones}</main>
</body>
</html>
"""

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; }
form { display: flex; flex-wrap: wrap; gap: .4rem; }
button { border: 1px solid; border-radius: .5rem; background: none; color: inherit; font: inherit;
         padding: .25rem .7rem; }
button:disabled { background: #0b6b4f; border-color: #0b6b4f; color: #fff; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); gap: 1rem; }
section { border: 1px solid #8888; border-radius: 1.5rem; padding: 1rem; }
h2 { font-size: 1rem; margin: 0 0 .75rem; text-align: center; }
article { background: #8882; border-left: .25rem solid #888; border-radius: .75rem; margin: 0 0 .6rem;
          padding: .5rem .75rem; }
article.live { border-color: #c0392b; }
h3 { font-size: 1rem; margin: 0; }
p { margin: .2rem 0; }
small, footer { font-size: .8rem; opacity: .8; }
footer { text-align: center; }
"""
