"""The choice of a master key, by the settings."""

from services.requests.encryption.envelope import KeyFile, MasterKey
from services.requests.encryption.kms import Transit
from shared.settings import Settings


def master_key(settings: Settings) -> MasterKey:
    """Return the master key of the key management service if one is set, else of the file."""
    if settings.words_kms_url:
        assert settings.words_kms_token_file is not None
        return Transit(settings.words_kms_url, settings.words_kms_token_file)
    return KeyFile(settings.words_key_file or settings.home / "words.key")
