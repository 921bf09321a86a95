"""Says which of this image's migrations the database does not have yet. Run by `forail-manage shell`.

Prints their number and names; some are usual for a dump from before an upgrade, and the init Job applies them. Changes
nothing. What the database has and the image does not know is refused by migrations.py.
"""

import sys

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

SHOWN = 10

loader = MigrationLoader(None, load=False)
loader.load_disk()
recorded = set(MigrationRecorder(connection).migration_qs.order_by("id").values_list("app", "name"))
pending = sorted(
    f"{app}.{name}"
    for (app, name), migration in loader.disk_migrations.items()
    # One that replaces others counts as applied with the last of them.
    if (app, name) not in recorded and not (migration.replaces and set(migration.replaces) <= recorded)
)
more = f" and {len(pending) - SHOWN} more" if len(pending) > SHOWN else ""
names = f" ({', '.join(pending[:SHOWN])}{more})" if pending else ""
sys.stdout.write(f"pending: {len(pending)}{names}\n")
