"""Proofs on disk: whole or not at all, under server-made paths, whatever happens between the steps."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from api.integrations.proof_store import DiskProofStore
from api.security import FileCipher, UnreadableFile, key_id
from tests.pictures import hash_of, picture

DATA = picture()
NAME = hash_of(DATA)
OLD, NEW = b"d" * 32, b"n" * 32


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def store(tmp_path):
    return store_in(tmp_path, OLD)


def store_in(folder, *keys):
    return DiskProofStore(folder, FileCipher(keys))


def path_of(folder, name=NAME):
    return folder / name[:2] / name[2:4] / name


def test_nothing_is_made_before_the_first_proof_comes(tmp_path):
    store_in(tmp_path / "proofs", OLD)

    assert not (tmp_path / "proofs").exists()


def test_what_was_kept_is_read_again(store):
    store.draft(DATA).keep(NAME)

    assert store.read(NAME) == DATA


def test_files_lie_in_folders_by_the_hashs_first_letters(store, tmp_path):
    store.draft(DATA).keep(NAME)

    assert files(tmp_path) == [f"{NAME[:2]}/{NAME[2:4]}/{NAME}"]


def test_a_draft_is_not_seen(store):
    store.draft(DATA)

    assert store.read(NAME) is None


def test_a_discarded_draft_leaves_nothing(store, tmp_path):
    store.draft(DATA).discard()

    assert files(tmp_path) == []


def test_what_was_kept_is_not_discarded(store):
    draft = store.draft(DATA)
    draft.keep(NAME)

    draft.discard()

    assert store.read(NAME) == DATA


def test_a_request_that_runs_again_keeps_its_draft_once_more(store):
    draft = store.draft(DATA)

    draft.keep(NAME)
    draft.keep(NAME)

    assert store.read(NAME) == DATA


def test_a_draft_that_was_swept_away_is_not_kept_in_silence(store):
    draft = store.draft(DATA)
    draft.discard()

    with pytest.raises(FileNotFoundError):
        draft.keep(NAME)


def test_a_damaged_file_is_mended_when_the_picture_comes_again(store, tmp_path):
    store.draft(DATA).keep(NAME)
    path_of(tmp_path).write_bytes(b"half")

    store.draft(DATA).keep(NAME)

    assert store.read(NAME) == DATA


def test_a_disk_that_fills_up_half_way_leaves_no_half_file(store, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="No space"):
        store.draft(DATA)

    assert files(tmp_path) == []


def test_what_is_whole_is_on_the_disk_before_it_has_its_name(store, monkeypatch):
    steps = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (steps.append("sync"), sync(descriptor)))
    monkeypatch.setattr(os, "replace", lambda *paths: (steps.append("name"), replace(*paths)))

    store.draft(DATA).keep(NAME)

    assert steps == ["sync", "name", "sync", "sync", "sync"]


def test_only_the_owner_of_the_process_may_read_the_files(store, tmp_path):
    store.draft(DATA).keep(NAME)

    assert path_of(tmp_path).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 63 + "/", "", "A" * 64, f"{'a' * 64}\n"])
def test_f4_no_path_is_made_of_what_is_no_hash(store, name):
    for use in (store.read, store.drop, store.draft(DATA).keep):
        with pytest.raises(ValueError, match="not a SHA-256"):
            use(name)


def test_old_files_are_named_and_young_ones_left_alone(store, tmp_path):
    for data in (DATA, picture("young")):
        store.draft(data).keep(hash_of(data))
    age(path_of(tmp_path))

    assert list(store.untouched_since(datetime.now(UTC) - timedelta(hours=1))) == [NAME]


def test_a_draft_that_nobody_finished_is_swept_away(store, tmp_path):
    store.draft(DATA)
    store.draft(DATA)
    age(next((tmp_path / "drafts").iterdir()))

    list(store.untouched_since(datetime.now(UTC) - timedelta(hours=1)))

    assert len(files(tmp_path)) == 1


def test_a_dropped_file_is_gone_and_may_be_dropped_again(store):
    store.draft(DATA).keep(NAME)

    store.drop(NAME)
    store.drop(NAME)

    assert store.read(NAME) is None


class TestSealing:
    def test_no_byte_of_a_picture_lies_on_the_disk_in_the_clear(self, store, tmp_path):
        store.draft(DATA).keep(NAME)
        store.draft(DATA)

        for name in files(tmp_path):
            assert b"signature" not in (tmp_path / name).read_bytes()

    def test_what_an_older_key_sealed_is_read_beside_a_new_one(self, store, tmp_path):
        store.draft(DATA).keep(NAME)

        assert store_in(tmp_path, NEW, OLD).read(NAME) == DATA

    def test_what_another_key_sealed_does_not_open(self, store, tmp_path):
        store.draft(DATA).keep(NAME)

        with pytest.raises(UnreadableFile, match="not configured"):
            store_in(tmp_path, NEW).read(NAME)

    def test_a_file_in_the_place_of_another_does_not_open(self, store, tmp_path):
        other = hash_of(picture("other"))
        store.draft(DATA).keep(NAME)
        path_of(tmp_path, other).parent.mkdir(parents=True)
        path_of(tmp_path).rename(path_of(tmp_path, other))

        with pytest.raises(UnreadableFile, match="in another's place"):
            store.read(other)

    def test_an_altered_file_does_not_open(self, store, tmp_path):
        store.draft(DATA).keep(NAME)
        stored = path_of(tmp_path).read_bytes()
        path_of(tmp_path).write_bytes(stored[:-1] + bytes([stored[-1] ^ 1]))

        with pytest.raises(UnreadableFile):
            store.read(NAME)

    @pytest.mark.parametrize(("content", "read"), [(DATA, DATA), (picture("forged"), None)])
    def test_a_file_of_before_the_sealing_is_read_if_it_is_what_its_name_says(
        self, store, tmp_path, content, read
    ):
        lay_plain(tmp_path, content)

        assert store.read(NAME) == read

    def test_files_are_named_with_the_keys_that_sealed_them(self, store, tmp_path):
        store.draft(DATA).keep(NAME)
        newer = picture("newer")
        store_in(tmp_path, NEW).draft(newer).keep(hash_of(newer))
        assert dict(store.seals()) == {NAME: key_id(OLD), hash_of(newer): key_id(NEW)}

        lay_plain(tmp_path, DATA)

        assert dict(store.seals())[NAME] is None

    @pytest.mark.parametrize("before", ["sealed", "plain"])
    def test_a_file_is_sealed_anew_and_reads_the_same(self, store, tmp_path, before):
        store.draft(DATA).keep(NAME)
        if before == "plain":
            lay_plain(tmp_path, DATA)

        assert store_in(tmp_path, NEW, OLD).reseal(NAME)

        newest = store_in(tmp_path, NEW)
        assert (newest.read(NAME), dict(newest.seals())) == (DATA, {NAME: key_id(NEW)})
        assert files(tmp_path) == [f"{NAME[:2]}/{NAME[2:4]}/{NAME}"]

    def test_what_was_dropped_meanwhile_is_not_sealed_anew(self, store, tmp_path):
        assert not store.reseal(NAME)
        assert files(tmp_path) == []


def lay_plain(folder, content):
    path_of(folder).parent.mkdir(parents=True, exist_ok=True)
    path_of(folder).write_bytes(content)


def age(path):
    two_hours_ago = datetime.now(UTC).timestamp() - 7200
    os.utime(path, (two_hours_ago, two_hours_ago))
