"""Tables in memory with what matters of Django's ORM: loaded rows are copies, writes count, transactions roll back."""

import copy
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar, Generic, Self, TypeVar

M = TypeVar("M", bound="Model")


class Killed(BaseException):
    """The process ended at a write; no `except Exception` sees it."""


class IntegrityError(Exception):
    """A unique value exists already; the text holds the value, as PostgreSQL's does."""


class DoesNotExist(Exception):  # noqa: N818 - Django's name
    """`get` found no row."""


class Store:
    """All rows, every write, and the write at which the process is to end."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[int, dict[str, object]]] = {}
        self.members: set[tuple[int, int]] = set()
        self.next_key = 1
        self.writes: list[str] = []
        self.kill_at: int | None = None

    def wrote(self, what: str) -> None:
        """Notes one write that has reached the database, and ends the process when it was the chosen one."""
        self.writes.append(what)
        if self.kill_at is not None and len(self.writes) == self.kill_at:
            raise Killed(what)

    @contextmanager
    def atomic(self) -> Generator[None]:
        """A transaction or savepoint: any way out but the end of the block takes its writes back."""
        kept = copy.deepcopy((self.tables, self.members, self.next_key))
        try:
            yield
        except BaseException:
            self.tables, self.members, self.next_key = kept
            raise

    def contents(self) -> list[str]:
        """Everything in the tables in a form to compare, without keys and random identities."""
        names = {key: str(row["hostname"]) for key, row in self.tables.get("Instance", {}).items()}
        groups = {key: str(row["name"]) for key, row in self.tables.get("InstanceGroup", {}).items()}
        users = {key: row["username"] for key, row in self.tables.get("User", {}).items()}
        lines = [f"member {groups[group]} {names[instance]}" for group, instance in self.members]
        for table, rows in self.tables.items():
            for row in rows.values():
                shown = {field: value for field, value in row.items() if field not in ("user_id", "uuid")}
                key = row.get("user_id")
                owner = users.get(key) if isinstance(key, int) else None
                lines.append(f"{table} {sorted(shown.items())} {owner}")
        return sorted(lines)


class Model:
    """A row. `defaults` names its fields; `unique` the one that no other row may share."""

    store: ClassVar[Store]
    defaults: ClassVar[Mapping[str, object]] = {}
    unique: ClassVar[str | None] = None

    def __init__(self, **fields: object) -> None:
        self.pk: int | None = None
        unknown = set(fields) - set(self.defaults)
        if unknown:
            raise TypeError(f"{type(self).__name__}() got unexpected keyword arguments: {sorted(unknown)}")
        for name, default in self.defaults.items():
            setattr(self, name, fields.get(name, copy.deepcopy(default)))

    @classmethod
    def table(cls) -> dict[int, dict[str, object]]:
        return cls.store.tables.setdefault(cls.__name__, {})

    @classmethod
    def load(cls, key: int) -> Self:
        row = cls(**copy.deepcopy(cls.table()[key]))
        row.pk = key
        return row

    def save(self, update_fields: Iterable[str] | None = None) -> None:
        """Inserts or updates. An unknown field in `update_fields` is an error, as in Django."""
        names = list(self.defaults if update_fields is None else update_fields)
        if set(names) - set(self.defaults):
            raise ValueError(f"fields do not exist in this model: {set(names) - set(self.defaults)}")
        if self.unique is not None:
            mine = getattr(self, self.unique)
            if any(row[self.unique] == mine and key != self.pk for key, row in self.table().items()):
                raise IntegrityError(f"duplicate key value: Key ({self.unique})=({mine}) already exists")
        if self.pk is None:
            self.pk = self.store.next_key
            self.store.next_key += 1
        stored = self.table().setdefault(self.pk, {})
        stored.update({name: copy.deepcopy(getattr(self, name)) for name in names})
        self.store.wrote(f"{type(self).__name__} {names}")


class Rows(Generic[M]):
    """A query: some rows of one table by key."""

    def __init__(self, model: type[M], keys: Iterable[int] | None = None) -> None:
        self.model = model
        self.keys = list(model.table()) if keys is None else list(keys)

    def __iter__(self) -> Iterator[M]:
        return iter([self.model.load(key) for key in self.keys])

    def _matching(self, lookups: Mapping[str, object]) -> list[int]:
        wanted = dict(lookups)
        if "user" in wanted:
            wanted["user_id"] = wanted.pop("user")
        key = wanted.pop("pk", None)
        begins = {name: wanted.pop(name) for name in list(wanted) if name.endswith("__startswith")}
        unknown = set(wanted) - set(self.model.defaults)
        if unknown:
            raise TypeError(f"cannot resolve keyword {sorted(unknown)} into field")
        rows = self.model.table()
        found = [k for k in self.keys if all(rows[k][name] == value for name, value in wanted.items())]
        for name, start in begins.items():
            found = [k for k in found if str(rows[k][name.removesuffix("__startswith")]).startswith(str(start))]
        return found if key is None else [k for k in found if k == key]

    def filter(self, **lookups: object) -> "Rows[M]":
        return Rows(self.model, self._matching(lookups))

    def exclude(self, **lookups: object) -> "Rows[M]":
        left_out = self._matching(lookups)
        return Rows(self.model, [key for key in self.keys if key not in left_out])

    def order_by(self, _field: str) -> "Rows[M]":
        return Rows(self.model, sorted(self.keys))

    def all(self) -> "Rows[M]":
        return Rows(self.model)

    def iterator(self) -> Iterator[M]:
        return iter(self)

    def first(self) -> M | None:
        return self.model.load(self.keys[0]) if self.keys else None

    def exists(self) -> bool:
        return bool(self.keys)

    def get(self, **lookups: object) -> M:
        row = self.filter(**lookups).first()
        if row is None:
            raise DoesNotExist(f"{self.model.__name__} matching query does not exist")
        return row

    def values_list(self, field: str, *, flat: bool) -> list[object]:
        if not flat:
            raise NotImplementedError("only flat lists")
        return [self.model.table()[key][field] for key in self.keys]

    def create(self, **fields: object) -> M:
        row = self.model(**fields)
        row.save()
        return row

    def delete(self) -> None:
        """Deletes the rows with their memberships. A delete of nothing is still a statement."""
        for key in self.keys:
            del self.model.table()[key]
            store = self.model.store
            store.members = {pair for pair in store.members if key not in pair}
        self.model.store.wrote(f"{self.model.__name__} delete {len(self.keys)}")
