"""The words with which people opt out of broadcasts and back in, by language, and the confirmations.

A word counts only if it is the whole message: "stop" does, "stop calling me that" does not. Upper and lower case,
accents, punctuation, emoji and white space around and between words make no difference.

Words that can mean nothing else are certain. The others, such as "stop", also end conversations with ``cancel="stop"``,
so a conversation that waits for an answer gets them.
"""

import unicodedata
from collections.abc import Mapping
from typing import Final

import attrs

__all__ = ["LANGUAGES", "Language", "Word", "collect_words", "find_word"]

LONGEST_TEXT: Final = 60
IGNORED: Final = {"Cf", "Mc", "Me", "Mn"}
"""Categories of characters that are left out: accents, vowel signs, joiners."""


@attrs.frozen(kw_only=True)
class Language:
    """Words and confirmations of one language.

    Attributes:
        stop: Words that opt out, and may be meant for a conversation.
        certain: Words that opt out and can mean nothing else.
        start: Words that opt in again.
        stopped: Confirmation that the person has opted out; names the first word of ``start``.
        started: Confirmation that the person has opted in.
    """

    stop: tuple[str, ...]
    certain: tuple[str, ...]
    start: tuple[str, ...]
    stopped: str
    started: str


@attrs.frozen
class Word:
    """A word that was recognised.

    Attributes:
        language: Its language.
        is_stop: Whether it opts out; otherwise it opts in.
        is_certain: Whether it can mean nothing else.
    """

    language: Language
    is_stop: bool
    is_certain: bool


LANGUAGES: Final[Mapping[str, Language]] = {
    "en": Language(
        stop=("stop", "stop all", "stopall", "no more messages"),
        certain=("unsubscribe", "unsubscribe me", "opt out", "optout", "stop messages"),
        start=("start", "unstop", "subscribe", "opt in", "optin"),
        stopped="You will not get our broadcasts any more. Send START to get them again.",
        started="You will get our broadcasts again. Send STOP to end them.",
    ),
    "ru": Language(
        stop=("стоп", "не пишите мне", "не писать"),
        certain=("отписаться", "отпишите меня", "отписка", "отказ от рассылки", "отменить подписку", "стоп рассылка"),
        start=("старт", "подписаться", "подписка"),
        stopped="Вы больше не будете получать наши рассылки. Чтобы получать их снова, отправьте СТАРТ.",
        started="Вы снова будете получать наши рассылки. Чтобы отказаться от них, отправьте СТОП.",
    ),
    "uk": Language(
        stop=("не пишіть мені",),
        certain=("відписатися", "відписатись", "відпишіть мене", "відписка"),
        start=("підписатися", "підписатись"),
        stopped="Ви більше не отримуватимете наших розсилок. Щоб отримувати їх знову, надішліть ПІДПИСАТИСЯ.",
        started="Ви знову отримуватимете наші розсилки. Щоб відмовитися, надішліть СТОП.",
    ),
    "kk": Language(
        stop=("тоқта", "тоқтату"),
        certain=("жазылымнан бас тарту", "жазылудан бас тарту"),
        start=("жазылу",),
        stopped="Сіз енді біздің хабарламаларымызды алмайсыз. Қайта алу үшін ЖАЗЫЛУ деп жіберіңіз.",
        started="Сіз біздің хабарламаларымызды қайта аласыз. Бас тарту үшін СТОП деп жіберіңіз.",
    ),
    "de": Language(
        stop=("stopp",),
        certain=("abmelden", "abbestellen", "austragen", "keine nachrichten mehr"),
        start=("anmelden", "abonnieren"),
        stopped="Sie erhalten keine Rundschreiben mehr von uns. Senden Sie ANMELDEN, um sie wieder zu erhalten.",
        started="Sie erhalten unsere Rundschreiben wieder. Senden Sie STOPP, um sie abzubestellen.",
    ),
    "es": Language(
        stop=("alto", "parar"),
        certain=("baja", "darme de baja", "darse de baja", "cancelar suscripción", "desuscribir"),
        start=("alta", "suscribirme", "suscribir"),
        stopped="Ya no recibirá nuestros envíos. Envíe ALTA para volver a recibirlos.",
        started="Volverá a recibir nuestros envíos. Envíe BAJA para dejar de recibirlos.",
    ),
    "fr": Language(
        stop=("arrêt", "arrêter"),
        certain=("désabonner", "me désabonner", "désinscription", "désinscrire", "désabonnement"),
        start=("abonner", "réabonner", "inscription"),
        stopped="Vous ne recevrez plus nos envois. Envoyez ABONNER pour les recevoir à nouveau.",
        started="Vous recevrez à nouveau nos envois. Envoyez STOP pour ne plus les recevoir.",
    ),
    "it": Language(
        stop=("ferma",),
        certain=("disiscriviti", "disiscrivimi", "cancellami", "annulla iscrizione"),
        start=("iscrivimi", "iscriviti"),
        stopped="Non riceverai più i nostri messaggi. Invia ISCRIVIMI per riceverli di nuovo.",
        started="Riceverai di nuovo i nostri messaggi. Invia STOP per non riceverli più.",
    ),
    "pt": Language(
        stop=("parar", "pare"),
        certain=("descadastrar", "cancelar inscrição", "remover inscrição", "cancelar assinatura"),
        start=("voltar", "cadastrar", "inscrever"),
        stopped="Você não receberá mais os nossos envios. Envie VOLTAR para recebê-los novamente.",
        started="Você voltará a receber os nossos envios. Envie PARAR para deixar de recebê-los.",
    ),
    "tr": Language(
        stop=("dur", "durdur"),
        certain=("ret", "üyelikten çık", "aboneliği iptal et", "abonelikten çık"),
        start=("abone ol", "onay"),
        stopped="Artık toplu mesajlarımızı almayacaksınız. Yeniden almak için ABONE OL yazın.",
        started="Toplu mesajlarımızı yeniden alacaksınız. Durdurmak için DUR yazın.",
    ),
    "ar": Language(
        stop=("توقف", "قف", "ايقاف", "إيقاف"),
        certain=("إلغاء الاشتراك", "الغاء الاشتراك"),
        start=("اشتراك", "ابدأ"),
        stopped="لن تصلك رسائلنا الجماعية بعد الآن. أرسل «اشتراك» لتصلك من جديد.",
        started="ستصلك رسائلنا الجماعية من جديد. أرسل «توقف» لإيقافها.",
    ),
    "he": Language(
        stop=("עצור",),
        certain=("הסר", "הסירו אותי", "להסרה"),
        start=("הצטרף", "הרשמה"),
        stopped="לא תקבלו מאיתנו עוד הודעות תפוצה. שלחו הצטרף כדי לקבל אותן שוב.",
        started="תקבלו שוב את הודעות התפוצה שלנו. שלחו הסר כדי להפסיק.",
    ),
    "hi": Language(
        stop=("रोकें", "बंद करो", "बंद करें"),
        certain=("सदस्यता रद्द करें",),
        start=("शुरू", "शुरू करें"),
        stopped="अब आपको हमारे प्रसारण संदेश नहीं मिलेंगे। फिर से पाने के लिए शुरू भेजें।",
        started="आपको हमारे प्रसारण संदेश फिर से मिलेंगे। बंद करने के लिए रोकें भेजें।",
    ),
    "id": Language(
        stop=("berhenti", "henti"),
        certain=("berhenti berlangganan", "batal langganan"),
        start=("mulai", "langganan"),
        stopped="Anda tidak akan menerima pesan siaran kami lagi. Kirim MULAI untuk menerimanya kembali.",
        started="Anda akan menerima pesan siaran kami lagi. Kirim BERHENTI untuk menghentikannya.",
    ),
}


def collect_words(languages: Mapping[str, Language]) -> dict[str, Word]:
    """Return the words of languages by their normal form; the first language that has a word counts.

    Args:
        languages: The languages by name.
    """
    found: dict[str, Word] = {}
    for language in languages.values():
        for words, is_stop, is_certain in (
            (language.certain, True, True),
            (language.stop, True, False),
            (language.start, False, False),
        ):
            for each in words:
                found.setdefault(_normal(each), Word(language, is_stop, is_certain))
    return found


def _normal(text: str) -> str:
    """Return the letters and digits of a text in lower case, without accents, with one space between words."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i"))
    kept = "".join(
        "" if unicodedata.category(char) in IGNORED else char if char.isalnum() else " " for char in decomposed
    )
    return " ".join(kept.split())


WORDS: Final = collect_words(LANGUAGES)


def find_word(text: str | None, words: Mapping[str, Word] | None = None) -> Word | None:
    """Return the word that a message is; None if it is none.

    Args:
        text: The text of the message.
        words: The words by their normal form; None for those of ``LANGUAGES``.
    """
    if not text or len(text) > LONGEST_TEXT:
        return None
    return (WORDS if words is None else words).get(_normal(text))
