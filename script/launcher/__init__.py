"""What `script/server`, `script/test` and their neighbours do, on nothing but the Python standard library.

It runs before the virtual environment exists, so it imports none of the requirements.
"""
