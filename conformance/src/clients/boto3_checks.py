"""What a Python program sees of the service. Usage: boto3_checks.py ENDPOINT CHECK; writes one JSON value."""

import json
import sys

import boto3
from botocore.exceptions import ClientError


def refusal(exception_class, call):
    """The refusal that `call` ends in; it must be of that very class, as programs catch it."""
    try:
        call()
    except exception_class as error:
        return {
            "class": type(error).__name__,
            "code": error.response["Error"]["Code"],
            "message": error.response["Error"].get("Message", ""),
            "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
        }
    raise AssertionError("the call was not refused")


def new_key(client):
    return client.create_key()["KeyMetadata"]["KeyId"]


def exceptions(client):
    key = new_key(client)
    disabled = new_key(client)
    client.disable_key(KeyId=disabled)
    blob = client.encrypt(KeyId=key, Plaintext=b"nemo", EncryptionContext={"a": "b"})["CiphertextBlob"]
    other = new_key(client)
    client.create_alias(AliasName="alias/taken", TargetKeyId=key)
    known = client.exceptions
    return [
        refusal(known.NotFoundException, lambda: client.describe_key(KeyId="alias/none")),
        refusal(known.DisabledException, lambda: client.encrypt(KeyId=disabled, Plaintext=b"x")),
        refusal(known.InvalidCiphertextException, lambda: client.decrypt(CiphertextBlob=blob)),
        refusal(
            known.IncorrectKeyException,
            lambda: client.decrypt(CiphertextBlob=blob, KeyId=other, EncryptionContext={"a": "b"}),
        ),
        refusal(
            known.AlreadyExistsException,
            lambda: client.create_alias(AliasName="alias/taken", TargetKeyId=key),
        ),
        refusal(known.MalformedPolicyDocumentException, lambda: client.create_key(Policy="{}")),
        refusal(known.KMSInvalidStateException, lambda: client.cancel_key_deletion(KeyId=key)),
        refusal(ClientError, lambda: client.schedule_key_deletion(KeyId=key, PendingWindowInDays=31)),
    ]


def pages(client):
    made = {new_key(client) for _ in range(25)}
    paginator = client.get_paginator("list_keys")
    sizes = []
    seen = []
    for page in paginator.paginate(PaginationConfig={"PageSize": 10}):
        sizes.append(len(page["Keys"]))
        seen.extend(entry["KeyId"] for entry in page["Keys"])
    return {"sizes": sizes, "repeated": len(seen) - len(set(seen)), "missing": len(made - set(seen))}


def values(client):
    """Bytes stay bytes, dates are dates, and what is not ASCII survives."""
    key = client.create_key(Description="Schlüssel für ✓")["KeyMetadata"]
    context = {"straße": "Łódź", "__proto__": "x"}
    plaintext = bytes(range(256))
    blob = client.encrypt(KeyId=key["Arn"], Plaintext=plaintext, EncryptionContext=context)["CiphertextBlob"]
    opened = client.decrypt(CiphertextBlob=blob, EncryptionContext=context)
    return {
        "description": key["Description"],
        "hasTimeZone": key["CreationDate"].tzinfo is not None,
        "isSame": opened["Plaintext"] == plaintext,
        "keyIsArn": opened["KeyId"] == key["Arn"],
        "blobIsBytes": isinstance(blob, bytes),
    }


def pairs(client):
    """Signatures, public keys, MACs and data key pairs, with the exception classes of what is not right."""
    known = client.exceptions
    message = b"a message"

    def create(spec, usage):
        return client.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]

    signer = create("ECC_NIST_P256", "SIGN_VERIFY")
    by = {"KeyId": signer, "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = client.sign(Message=message, **by)["Signature"]
    mac_key = create("HMAC_256", "GENERATE_VERIFY_MAC")
    mac_by = {"KeyId": mac_key, "MacAlgorithm": "HMAC_SHA_256"}
    mac = client.generate_mac(Message=message, **mac_by)["Mac"]
    key = new_key(client)
    pair = client.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256")
    opened = client.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])
    public = client.get_public_key(KeyId=signer)
    return {
        "signatureValid": client.verify(Message=message, Signature=signature, **by)["SignatureValid"],
        "macValid": client.verify_mac(Message=message, Mac=mac, **mac_by)["MacValid"],
        "pairOpens": opened["Plaintext"] == pair["PrivateKeyPlaintext"],
        "publicKeyIsBytes": isinstance(public["PublicKey"], bytes),
        "algorithms": public["SigningAlgorithms"],
        "refusals": [
            refusal(
                known.KMSInvalidSignatureException,
                lambda: client.verify(Message=b"another", Signature=signature, **by),
            ),
            refusal(known.KMSInvalidMacException, lambda: client.verify_mac(Message=b"another", Mac=mac, **mac_by)),
            refusal(known.InvalidKeyUsageException, lambda: client.encrypt(KeyId=signer, Plaintext=message)),
            refusal(known.UnsupportedOperationException, lambda: client.get_public_key(KeyId=key)),
        ],
    }


def grants(client):
    """A grant as CreateGrant, the paginators and the exception classes see it, to its end."""
    known = client.exceptions
    key = new_key(client)
    root = "arn:aws:iam::000000000000:root"
    asked = {
        "KeyId": key,
        "GranteePrincipal": root,
        "RetiringPrincipal": root,
        "Operations": ["Encrypt", "Decrypt"],
        "Constraints": {"EncryptionContextSubset": {"Abteilung": "Prüfung"}},
        "Name": "once",
    }
    first = client.create_grant(**asked)
    again = client.create_grant(**asked)
    others = [client.create_grant(KeyId=key, GranteePrincipal=root, Operations=["DescribeKey"]) for _ in range(3)]
    pages = client.get_paginator("list_grants").paginate(KeyId=key, PaginationConfig={"PageSize": 2})
    listed = [grant for page in pages for grant in page["Grants"]]
    named = next(grant for grant in listed if grant["Name"] == "once")
    retirable = client.get_paginator("list_retirable_grants").paginate(RetiringPrincipal=root)
    retirable_ids = [grant["GrantId"] for page in retirable for grant in page["Grants"]]
    client.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=[first["GrantToken"]])
    client.retire_grant(GrantToken=again["GrantToken"])
    client.revoke_grant(KeyId=key, GrantId=others[0]["GrantId"])
    return {
        "sameGrant": first["GrantId"] == again["GrantId"],
        "sameToken": first["GrantToken"] == again["GrantToken"],
        "listed": len(listed),
        "constraints": named["Constraints"],
        "operations": sorted(named["Operations"]),
        "hasTimeZone": named["CreationDate"].tzinfo is not None,
        "isRetirable": first["GrantId"] in retirable_ids,
        "left": len(client.list_grants(KeyId=key)["Grants"]),
        "refusals": [
            refusal(known.InvalidGrantTokenException, lambda: client.retire_grant(GrantToken=first["GrantToken"])),
            refusal(known.InvalidGrantIdException, lambda: client.revoke_grant(KeyId=key, GrantId="none")),
            refusal(known.NotFoundException, lambda: client.revoke_grant(KeyId=key, GrantId=first["GrantId"])),
            refusal(
                known.InvalidArnException,
                lambda: client.create_grant(KeyId=key, GranteePrincipal="nobody", Operations=["Decrypt"]),
            ),
        ],
    }


def main():
    endpoint, check = sys.argv[1:]
    client = boto3.client("kms", endpoint_url=endpoint)
    print(json.dumps({"exceptions": exceptions, "grants": grants, "pages": pages, "pairs": pairs, "values": values}[check](client)))


main()
