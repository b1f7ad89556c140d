"""What a file is by its own bytes: the pictures and voice files that may stand as evidence. Its name says nothing."""

from collections.abc import Callable

from backoffice.common.models import Attachment

IMAGE, VOICE = Attachment.Kind.IMAGE, Attachment.Kind.VOICE
_SOUND_BRANDS = (b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso5", b"iso6", b"3gp4", b"3gp5", b"3gp6")
_SOUND_STREAMS = (b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7fFLAC")  # begin the first page of an Ogg file
_OGG_HEAD = 64


def _is_riff(kind: bytes) -> Callable[[bytes], bool]:
    return lambda data: data[:4] == b"RIFF" and data[8:12] == kind


def _is_mp4_sound(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in _SOUND_BRANDS and not _has_film(data)


def _has_film(data: bytes) -> bool:
    """Whether one of the tracks is a moving picture: its handler says so, twelve bytes after its own name."""
    at = data.find(b"hdlr")
    while at >= 0:
        if data[at + 12 : at + 16] == b"vide":
            return True
        at = data.find(b"hdlr", at + 4)
    return False


def _is_ogg_sound(data: bytes) -> bool:
    return data[:4] == b"OggS" and any(stream in data[:_OGG_HEAD] for stream in _SOUND_STREAMS)


def _is_frame(data: bytes) -> bool:
    return len(data) > 3 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0  # noqa: PLR2004 -- eleven bits set


def _is_mp3(data: bytes) -> bool:
    """An ID3 tag, or a frame of layer III whose version is not the reserved one."""
    layer, version = (data[1] >> 1) & 3, (data[1] >> 3) & 3
    return data[:3] == b"ID3" or (_is_frame(data) and layer == 1 and version != 1)


def _is_aac(data: bytes) -> bool:
    return _is_frame(data) and data[1] & 0xF6 == 0xF0  # noqa: PLR2004 -- ADTS: twelve bits set, layer 0


MEDIA: tuple[tuple[str, str, Callable[[bytes], bool]], ...] = (
    (IMAGE, "image/png", lambda data: data.startswith(b"\x89PNG\r\n\x1a\n")),
    (IMAGE, "image/jpeg", lambda data: data.startswith(b"\xff\xd8\xff")),
    (IMAGE, "image/gif", lambda data: data.startswith((b"GIF87a", b"GIF89a"))),
    (IMAGE, "image/webp", _is_riff(b"WEBP")),
    (VOICE, "audio/wav", _is_riff(b"WAVE")),
    (VOICE, "audio/amr", lambda data: data.startswith((b"#!AMR\n", b"#!AMR-WB\n"))),
    (VOICE, "audio/ogg", _is_ogg_sound),
    (VOICE, "audio/mp4", _is_mp4_sound),
    (VOICE, "audio/aac", _is_aac),
    (VOICE, "audio/mpeg", _is_mp3),
)
_SHORTEST = 12  # bytes that the checks look at


def recognise(data: bytes) -> tuple[str, str] | None:
    """Return kind and media type; None for everything that is not on the list."""
    if len(data) < _SHORTEST:
        return None
    return next(((kind, media_type) for kind, media_type, fits in MEDIA if fits(data)), None)
