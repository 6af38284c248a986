"""Stripe: hosted Checkout in MAD, cards kept with consent, charges of a kept card without anybody there."""
