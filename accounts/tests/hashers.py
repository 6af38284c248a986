"""A password hasher that counts, so that tests see how much work an answer took without a clock."""

from django.contrib.auth.hashers import MD5PasswordHasher


class CountingHasher(MD5PasswordHasher):
    """Counts the passwords it hashed, to store or to compare."""

    count = 0

    def encode(self, password: str, salt: str) -> str:
        """Hash and count."""
        type(self).count += 1
        return super().encode(password, salt)
