"""The nine kinds of the Forail operator as code: read, checked over all of them, and sent to the API."""
