"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class OfficeArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane: the OWASP minimum.

    Django's own default takes 100 MiB a login, which a morning's rush would multiply by the
    number of people at the door.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
