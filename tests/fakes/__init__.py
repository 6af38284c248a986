"""Local servers that play the payment providers: they check what they get as the real ones would, and can misbehave."""
