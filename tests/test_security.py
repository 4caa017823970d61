"""Secrets at work: passwords, tokens, sealed fields, links, signed values."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag

from api import security
from api.security import FieldCipher, LinkSigner, Signer, UnreadableField
from tests.fakes import NOW

OLD, NEW = b"o" * 32, b"n" * 32
LINK = UUID("01a20000-0000-7000-8000-000000000001")


class TestPasswords:
    def test_a_password_fits_its_own_hash_only(self):
        encoded = security.hash_password("a good password")

        assert security.password_matches(encoded, "a good password")
        assert not security.password_matches(encoded, "A good password")

    def test_two_hashes_of_one_password_differ(self):
        assert security.hash_password("same") != security.hash_password("same")

    def test_they_are_argon2id_with_the_parameters_of_owasp(self):
        assert security.hash_password("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    def test_a7_nobodys_password_is_as_dear_to_check_as_anybodys(self):
        assert security._NOBODY.startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    @pytest.mark.parametrize("encoded", [None, "", "not a hash", "$argon2id$v=19$m=19456,t=2,p=1$x$y"])
    @pytest.mark.parametrize("password", ["", "nobody has this password"])
    def test_an_account_without_a_usable_hash_fits_nothing(self, encoded, password):
        assert not security.password_matches(encoded, password)


class TestTokens:
    def test_a_tokens_prefix_tells_its_kind_and_the_rest_is_256_random_bits(self):
        first, second = (security.new_token(security.ACCESS_PREFIX) for _ in range(2))

        assert first.startswith("dsa_")
        assert len(first) == len("dsa_") + 43
        assert first != second

    def test_what_a_token_sealed_opens_with_that_token_only(self):
        sealed = security.seal_with_token("dsr_one", "the successor")

        assert security.open_with_token("dsr_one", sealed) == "the successor"
        with pytest.raises(InvalidTag):
            security.open_with_token("dsr_other", sealed)

    def test_the_stored_hash_does_not_open_the_seal(self):
        sealed = security.seal_with_token("dsr_one", "the successor")

        with pytest.raises(InvalidTag):
            security.open_with_token(security.token_hash("dsr_one"), sealed)


class TestSealedFields:
    @pytest.fixture
    def cipher(self):
        return FieldCipher((OLD,))

    def test_a_value_opens_for_its_own_column_only(self, cipher):
        sealed = cipher.seal("李芳", "contacts.name")

        assert cipher.open(sealed, "contacts.name") == "李芳"
        with pytest.raises(UnreadableField):
            cipher.open(sealed, "contacts.email")

    def test_the_same_text_never_looks_the_same(self, cipher):
        assert cipher.seal("李芳", "contacts.name") != cipher.seal("李芳", "contacts.name")

    def test_a_value_begins_with_the_id_of_its_key(self, cipher):
        assert cipher.seal("x", "a.b").startswith(f"{security.key_id(OLD)}.")

    def test_both_keys_read_during_a_rotation_and_the_newest_writes(self, cipher):
        rotating = FieldCipher((NEW, OLD))

        assert rotating.open(cipher.seal("old", "a.b"), "a.b") == "old"
        assert rotating.seal("new", "a.b").startswith(security.key_id(NEW))
        assert rotating.key_ids == (security.key_id(NEW), security.key_id(OLD))

    def test_resealing_changes_the_key_and_not_the_text(self, cipher):
        resealed = FieldCipher((NEW, OLD)).reseal(cipher.seal("text", "a.b"), "a.b")

        assert FieldCipher((NEW,)).open(resealed, "a.b") == "text"

    def test_a_key_that_was_taken_out_reads_nothing(self, cipher):
        with pytest.raises(UnreadableField, match=security.key_id(OLD)):
            FieldCipher((NEW,)).open(cipher.seal("x", "a.b"), "a.b")

    @pytest.mark.parametrize(
        "altered", ["", "x", "{key}.", "{key}.AAAA", "{key}.*", "{key}.AAAAAAAAAAAAAAAAAAAA"]
    )
    def test_an_altered_value_does_not_open(self, cipher, altered):
        with pytest.raises(UnreadableField):
            cipher.open(altered.format(key=security.key_id(OLD)), "a.b")

    def test_a_key_is_not_told_by_its_id(self):
        assert security.key_id(OLD) != security.key_id(NEW)
        assert security.key_id(OLD) not in (OLD.hex(), urlsafe_b64encode(OLD).decode())


class TestLinks:
    def test_a_token_can_be_made_again_from_the_links_id(self):
        signer = LinkSigner((NEW, OLD), "https://doorstep.test/")
        token = signer.token(LINK, security.key_id(OLD))

        assert token == LinkSigner((OLD,), "").token(LINK, security.key_id(OLD))
        assert signer.url(LINK, security.key_id(OLD)) == f"https://doorstep.test/l/{token}"

    def test_d3_a_token_has_128_bits(self):
        assert len(LinkSigner((OLD,), "").token(LINK, security.key_id(OLD))) == 22

    def test_each_key_makes_another_token(self):
        signer = LinkSigner((NEW, OLD), "")

        assert signer.token(LINK, security.key_id(OLD)) != signer.token(LINK, security.key_id(NEW))

    def test_d13_a_retired_key_makes_none(self):
        with pytest.raises(KeyError):
            LinkSigner((NEW,), "").token(LINK, security.key_id(OLD))


class TestSignedValues:
    @pytest.fixture
    def signer(self):
        return Signer(OLD)

    def test_a_genuine_value_tells_its_age(self, signer):
        value = signer.sign("form", NOW)

        assert signer.age_seconds(value, "form", NOW + timedelta(minutes=5)) == 300

    def test_it_is_good_for_its_purpose_only(self, signer):
        assert signer.age_seconds(signer.sign("form", NOW), "cookie", NOW) is None

    def test_two_values_of_one_moment_differ(self, signer):
        assert signer.sign("form", NOW) != signer.sign("form", NOW)

    def test_a_value_of_another_key_is_not_ours(self, signer):
        assert signer.age_seconds(Signer(NEW).sign("form", NOW), "form", NOW) is None

    @pytest.mark.parametrize("value", ["", ".", "..", "1.2.3", "x" * 1000, "1763429400.é.é", "1.\ud800.x"])
    def test_what_was_never_signed_is_not_ours(self, signer, value):
        assert signer.age_seconds(value, "form", NOW) is None

    def test_an_age_cannot_be_changed(self, signer):
        issued, _, rest = signer.sign("form", NOW).partition(".")

        assert signer.age_seconds(f"{int(issued) + 60}.{rest}", "form", NOW) is None


def test_keyed_hashes_differ_by_purpose_and_by_key(settings):
    vault = settings.vault()

    assert vault.index("x", "staff.phone") != vault.index("x", "contacts.phone")
    assert vault.index("x", "staff.phone") == settings.vault().index("x", "staff.phone")
    assert len(vault.index("x", "staff.phone")) == 64
