"""A stand-in for the Forail operator: simulated nodes run no images, so another process must answer custom resources.

It does what operator 2026.06.1 was seen to do, its defects included, against a Forail that it simulates as well.
"""

NAME = "operator-stand-in"
"""Of its process and log."""
READY = "waiting for a ready pod of the operator"
"""What its log says once it watches the cluster."""
