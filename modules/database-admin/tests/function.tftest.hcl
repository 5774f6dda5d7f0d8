mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  admin_secret_arn           = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/platform/database-AbCdEf"
  database_security_group_id = "sg-rds"
  host                       = "shop-platform.abcdefghijkl.us-east-1.rds.amazonaws.com"
  name                       = "shop-platform-database-admin"
  secret_arn_patterns        = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/*"]
  subnet_ids                 = ["subnet-1", "subnet-2"]
  vpc_id                     = "vpc-1"
  zip_path                   = "tests/fixtures/function.zip"
}

run "function" {
  assert {
    condition     = aws_lambda_function.this.runtime == "nodejs22.x" && aws_lambda_function.this.architectures == tolist(["arm64"]) && aws_lambda_function.this.timeout == 60 && aws_lambda_function.this.handler == "index.handler"
    error_message = "Node 22 on ARM"
  }

  assert {
    condition     = aws_lambda_function.this.source_code_hash == filebase64sha256("tests/fixtures/function.zip")
    error_message = "new code is a change"
  }

  assert {
    condition = aws_lambda_function.this.environment[0].variables == tomap({
      ADMIN_SECRET_ARN    = var.admin_secret_arn
      NODE_EXTRA_CA_CERTS = "/var/runtime/ca-cert.pem"
      PGHOST              = var.host
      PGPORT              = "5432"
      PGSSLMODE           = "verify-full"
    })
    error_message = "where the database is, and no password"
  }

  assert {
    condition     = aws_lambda_function.this.vpc_config[0].security_group_ids == toset([output.security_group_id]) && aws_lambda_function.this.vpc_config[0].subnet_ids == toset(["subnet-1", "subnet-2"])
    error_message = "in the private subnets, with its own group"
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.database.referenced_security_group_id == "sg-rds" && aws_vpc_security_group_egress_rule.database.from_port == 5432 && aws_vpc_security_group_egress_rule.https.from_port == 443
    error_message = "to the database and to HTTPS"
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/shop-platform-database-admin" && aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "its log group, with an end [25]"
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.this.policy, "logs:CreateLogGroup") && !strcontains(aws_iam_role_policy.this.policy, "logs:*")
    error_message = "a function that writes late cannot make its log group again [25]"
  }

  assert {
    condition     = aws_lambda_function.this.role == aws_iam_role.this.arn && length(regexall("depends_on = \\[aws_iam_role_policy[.]this, aws_cloudwatch_log_group[.]this\\]", file("main.tf"))) == 1
    error_message = "Lambda removes its network interfaces with this policy, which goes last [18][P8]"
  }

  assert {
    condition     = length(aws_security_group.this.ingress) + length(aws_security_group.this.egress) == 0
    error_message = "rules are resources of their own: groups that name each other can be taken apart [19]"
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Resource if statement.Action == "secretsmanager:GetSecretValue"
    ] == [var.admin_secret_arn, ["arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/*"]]
    error_message = "the master secret and those of the project"
  }
}

run "only_secrets_of_previews" {
  command = plan
  variables { secret_tags = { "devtool:ephemeral" = "true" } }

  override_resource {
    override_during = plan
    target          = aws_cloudwatch_log_group.this
    values          = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/mock" }
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Condition.StringEquals if statement.Sid == "ReadEnvironmentSecrets"
    ] == [{ "aws:ResourceTag/devtool:ephemeral" = "true" }]
    error_message = "the tag is a condition"
  }
}

run "code_missing" {
  command = plan
  variables { zip_path = "tests/fixtures/nowhere.zip" }
  expect_failures = [aws_lambda_function.this]
}

run "secrets_of_everyone" {
  command = plan
  variables { secret_arn_patterns = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:*"] }
  expect_failures = [var.secret_arn_patterns]
}

run "malformed_name" {
  command = plan
  variables { name = "Database Admin" }
  expect_failures = [var.name]
}

run "no_subnet" {
  command = plan
  variables { subnet_ids = [] }
  expect_failures = [var.subnet_ids]
}

run "unknown_ssl_mode" {
  command = plan
  variables { ssl_mode = "maybe" }
  expect_failures = [var.ssl_mode]
}

run "timeout_too_short" {
  command = plan
  variables { timeout = 1 }
  expect_failures = [var.timeout]
}

run "no_concurrency" {
  command = plan
  variables { reserved_concurrency = 0 }
  expect_failures = [var.reserved_concurrency]
}

run "unknown_retention" {
  command = plan
  variables { log_retention_days = 31 }
  expect_failures = [var.log_retention_days]
}

run "port_zero" {
  command = plan
  variables { port = 0 }
  expect_failures = [var.port]
}
