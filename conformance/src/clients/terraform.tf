terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" {}

provider "aws" {
  region     = "eu-west-2"
  access_key = "test"
  secret_key = "test"

  endpoints {
    kms = var.endpoint
    sts = var.endpoint
  }
}

resource "aws_kms_key" "this" {
  description         = "My KMS Keys for Data Encryption"
  enable_key_rotation = true

  tags = {
    Name = "my-kms-keys"
  }
}

resource "aws_kms_alias" "this" {
  name          = "alias/my-terraform-final-encryption-key"
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_kms_grant" "this" {
  name              = "my-grant"
  key_id            = aws_kms_key.this.key_id
  grantee_principal = "arn:aws:iam::000000000000:root"
  operations        = ["Encrypt", "Decrypt", "GenerateDataKey"]

  constraints {
    encryption_context_equals = {
      Department = "Finance"
    }
  }
}
