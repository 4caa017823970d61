"""Restores a backup into the configured, empty database: nothing, or all of it."""

from collections.abc import Callable, Collection
from pathlib import Path

from api.backups import archive
from api.backups.making import House, workspace
from api.backups.manifest import Manifest
from api.backups.refusal import BackupRefused


def restore(
    house: House, backup: Path, *, revisions: Collection[str], bring_up: Callable[[str], None]
) -> Manifest:
    """Restore a backup of one of these revisions; `bring_up` gets the URL of what is not yet in its place.

    The whole file is read and verified before anything is written. Proofs come first: should the database
    be refused then, they are files without a row, which are swept after a day. Raises BackupRefused.
    """
    house.copier.require_empty()
    with workspace(house.copier.workspace) as work:
        manifest = archive.read(backup, house.keys, database_to=work / "database")
        _refuse_foreign(manifest, house.copier.engine, revisions)
        archive.read(backup, house.keys, proof_to=house.proofs.put_back)
        with house.copier.restored(work / "database") as url:
            bring_up(url)
    return manifest


def _refuse_foreign(manifest: Manifest, engine: str, revisions: Collection[str]) -> None:
    if manifest.engine != engine:
        raise BackupRefused(
            f"This is a backup of {manifest.engine}, and DOORSTEP_DATABASE_URL names {engine}: they are not "
            "changed into each other."
        )
    if manifest.contents.revision not in revisions:
        raise BackupRefused(
            f"This backup is of revision {manifest.contents.revision}, which this version does not know: "
            "restore it with the version that made it, or a newer one."
        )
