"""Sign-up and login that keep passwords as KMS ciphertexts, with the store in a JSON file.

Usage: signup_login.py ENDPOINT STORE KEY_ID signup|login USER PASSWORD

The calls are those of two small web handlers: sign-up encrypts the password and stores it as Base64, login decrypts
what is stored and compares. Writes one JSON object, as the handlers answer it.
"""

import base64
import json
import os
import sys

import boto3


def load(path):
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as store:
        return json.load(store)


def signup(client, store, key_id, user, password):
    response = client.encrypt(KeyId=key_id, Plaintext=password)
    users = load(store)
    users[user] = {"password": str(base64.b64encode(response["CiphertextBlob"]), "utf-8")}
    with open(store, "w", encoding="utf-8") as file:
        json.dump(users, file)
    return {"status": "Signup Success"}


def login(client, store, key_id, user, password):
    stored = load(store)[user]["password"]
    response = client.decrypt(KeyId=key_id, CiphertextBlob=base64.b64decode(stored))
    is_right = response["Plaintext"].decode("UTF-8") == password
    return {"status": "Login Success" if is_right else "Login Failed"}


def main():
    endpoint, store, key_id, action, user, password = sys.argv[1:]
    client = boto3.client("kms", endpoint_url=endpoint)
    handler = {"signup": signup, "login": login}[action]
    print(json.dumps(handler(client, store, key_id, user, password)))


main()
