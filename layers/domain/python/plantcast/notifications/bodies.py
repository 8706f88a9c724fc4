"""A stored notice as each kind of subscriber gets it through SNS."""

from __future__ import annotations

import json
from typing import Final

from plantcast.aws import Item

# Discord refuses a `content` of more than 2,000 characters; Slack cuts later.
CHAT_LENGTH: Final = 2000
# What either chat would take for formatting, a link or a mention, replaced by what looks like it: an error
# message quoted in a notice must not ring a whole channel. A backslash would help Discord and show in Slack.
_CHAT_SAFE: Final = str.maketrans(
    {
        "&": "＆",
        "<": "‹",
        ">": "›",
        "*": "∗",
        "_": "ˍ",
        "~": "∼",
        "`": "ˋ",
        "|": "∣",
        "@": "＠",
        "[": "［",
        "]": "］",
    }
)


def full_text(notice: Item) -> str:
    """Return the text of an e-mail: Korean, English, source."""
    return f"{notice['text_ko']}\n\n{notice['text_en']}\n\n{notice['footer']}"


def chat_text(notice: Item) -> str:
    """Return the same text for a chat, in at most 2,000 characters, the source always with it."""
    footer = f"\n\n{notice['footer']}".translate(_CHAT_SAFE)
    head = f"{notice['text_ko']}\n\n{notice['text_en']}".translate(_CHAT_SAFE)
    room = CHAT_LENGTH - len(footer)
    return (head if len(head) <= room else head[: room - 1] + "…") + footer


def webhook_body(notice: Item) -> str:
    """Return a JSON text that Slack (`text`) and Discord (`content`) take; `plantcast` is for programs."""
    text = chat_text(notice)
    return json.dumps({"text": text, "content": text, "plantcast": notice["facts"]}, ensure_ascii=False)


def by_protocol(notice: Item) -> dict[str, str]:
    """Return what subscribers of a protocol get instead of the full text, which e-mail gets."""
    body = webhook_body(notice)
    return {"sms": notice["sms"], "http": body, "https": body, "lambda": body, "sqs": body}
