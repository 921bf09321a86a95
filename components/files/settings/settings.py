# Forail refuses to start without this file; every setting of the stack is in conf.d/forail.py.
