"""The mails that identity sends, written in each language."""
# name: escaped, because mails are sent for several RPCs and are no resource

import html
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from chassis.mail.queue import Mail, send_later
from services.identity.rules.one_time_token import INVITATION, LIVES, RESET
from services.identity.tables.user import UserRow


@dataclass(frozen=True)
class Words:
    """A mail in one language. `{name}` is the person's name."""

    subject: str
    greeting: str
    body: str
    # What the link says; empty in a mail without one.
    action: str
    ending: str


_INVITATION: Mapping[str, Words] = {
    "en": Words(
        "Welcome to Wasl",
        "Hello {name},",
        "You have been invited to work with Wasl. Choose a password and you are in. "
        "The link works for seven days.",
        "Choose a password",
        "If you did not expect this, you need not do anything.",
    ),
    "ar": Words(
        "مرحبًا بك في وصل",
        "مرحبًا {name}،",
        "دُعيت إلى العمل على وصل. اختر كلمة مرور لتبدأ. يبقى الرابط صالحًا سبعة أيام.",
        "اختيار كلمة مرور",
        "إن لم تكن تتوقع هذه الدعوة فلا يلزمك فعل شيء.",
    ),
    "fa": Words(
        "به وصل خوش آمدید",
        "سلام {name}،",
        "از شما دعوت شده است با وصل کار کنید. کافی است گذرواژه‌ای برگزینید. "
        "این پیوند هفت روز اعتبار دارد.",
        "گزینش گذرواژه",
        "اگر منتظر این دعوت نبودید، لازم نیست کاری بکنید.",
    ),
}
_RESET: Mapping[str, Words] = {
    "en": Words(
        "Reset your Wasl password",
        "Hello {name},",
        "Somebody, probably you, asked to reset your password. The link works for one hour.",
        "Choose a new password",
        "If it was not you, do nothing: your password stays as it is.",
    ),
    "ar": Words(
        "إعادة تعيين كلمة مرورك في وصل",
        "مرحبًا {name}،",
        "طُلبت إعادة تعيين كلمة مرورك، والأرجح أنك من طلبها. يبقى الرابط صالحًا ساعة واحدة.",
        "اختيار كلمة مرور جديدة",
        "إن لم تطلب ذلك فلا تفعل شيئًا، وستبقى كلمة مرورك كما هي.",
    ),
    "fa": Words(
        "بازنشانی گذرواژهٔ وصل",
        "سلام {name}،",
        "کسی، به احتمال زیاد خودتان، خواسته گذرواژه‌تان بازنشانی شود. "
        "این پیوند یک ساعت اعتبار دارد.",
        "گزینش گذرواژهٔ تازه",
        "اگر شما نخواسته‌اید، کاری نکنید؛ گذرواژه‌تان همان می‌ماند.",
    ),
}
_PASSWORD_CHANGED: Mapping[str, Words] = {
    "en": Words(
        "Your Wasl password was changed",
        "Hello {name},",
        "Your password was just changed, and other browsers were signed out.",
        "",
        "If it was not you, tell your administrator at once.",
    ),
    "ar": Words(
        "تغيّرت كلمة مرورك في وصل",
        "مرحبًا {name}،",
        "تغيّرت كلمة مرورك للتو، وسُجّل الخروج من المتصفحات الأخرى.",
        "",
        "إن لم تكن أنت من غيّرها فأخبر مدير النظام فورًا.",
    ),
    "fa": Words(
        "گذرواژهٔ وصل شما تغییر کرد",
        "سلام {name}،",
        "گذرواژه‌تان همین حالا تغییر کرد و مرورگرهای دیگر از سامانه خارج شدند.",
        "",
        "اگر کار شما نبوده، بی‌درنگ به مدیر سامانه خبر دهید.",
    ),
}


def mail_invitation(session: Session, user: UserRow, url: str) -> None:
    """Invites a person to choose a password."""
    send_later(session, _mail(user, _INVITATION, url), within=LIVES[INVITATION])


def mail_reset(session: Session, user: UserRow, url: str) -> None:
    """Sends a link to choose a new password."""
    send_later(session, _mail(user, _RESET, url), within=LIVES[RESET])


def mail_password_changed(session: Session, user: UserRow) -> None:
    """Tells a person that their password was changed, in case it was not they."""
    send_later(session, _mail(user, _PASSWORD_CHANGED))


def _mail(user: UserRow, texts: Mapping[str, Words], url: str = "") -> Mail:
    language = user.locale if user.locale in texts else "en"
    words = texts[language]
    greeting = words.greeting.format(name=user.display_name)
    parts = [greeting, words.body, url, words.ending]
    return Mail(
        to_name=user.display_name,
        to_address=user.email,
        subject=words.subject,
        text="\n\n".join(part for part in parts if part) + "\n",
        html=_html(words, greeting, url, language=language),
    )


def _html(words: Words, greeting: str, url: str, *, language: str) -> str:
    direction = "rtl" if language in ("ar", "fa") else "ltr"
    link = ""
    if url:
        safe = html.escape(url)
        link = (
            f'<p><a href="{safe}" style="background:#0f766e;color:#fff;padding:10px 16px;'
            f'border-radius:6px;text-decoration:none">{words.action}</a></p>'
            f'<p dir="ltr" style="color:#475569;font-size:12px">{safe}</p>'
        )
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><body '
        'style="font-family:sans-serif;font-size:15px;line-height:1.7;color:#0f172a">'
        f"<p><bdi>{html.escape(greeting)}</bdi></p><p>{words.body}</p>{link}"
        f"<p>{words.ending}</p></body></html>\n"
    )
