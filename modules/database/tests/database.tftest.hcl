mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  admin_function_name = "shop-platform-database-admin"
  host                = "shop-platform.abcdefghijkl.us-east-1.rds.amazonaws.com"
  name                = "shop_brave_otter"
  password            = "abcdefghijklmnop0123456789"
  role                = "shop_brave_otter"
  secret_name         = "shop/brave-otter/database"
}

run "made_by_the_function" {
  assert {
    condition     = aws_lambda_invocation.this.function_name == "shop-platform-database-admin" && aws_lambda_invocation.this.lifecycle_scope == "CRUD"
    error_message = "the function hears of create, update and delete [P22]"
  }

  assert {
    condition     = jsondecode(aws_lambda_invocation.this.input) == { database = "shop_brave_otter", role = "shop_brave_otter", secret_arn = aws_secretsmanager_secret.this.arn, password_version = 1 }
    error_message = "names and the secret's ARN, nothing else"
  }

  assert {
    condition     = aws_lambda_invocation.this.triggers == null
    error_message = "a trigger would replace the invocation, that is drop the database"
  }

  assert {
    condition     = aws_secretsmanager_secret_version.this.secret_string_wo == null && aws_secretsmanager_secret.this.recovery_window_in_days == 0
    error_message = "the password is in no state, and the secret's name is free again at once [24][P11]"
  }

  assert {
    condition     = output.environment == { PGHOST = var.host, PGPORT = "5432", PGDATABASE = "shop_brave_otter", PGUSER = "shop_brave_otter", PGSSLMODE = "require" }
    error_message = "libpq variables"
  }

  assert {
    condition     = output.secrets == { PGPASSWORD = "${output.secret_arn}:password::", DATABASE_URL = "${output.secret_arn}:url::" }
    error_message = "valueFrom strings"
  }
}

run "new_password_is_an_update" {
  command = plan
  variables { password_version = 2 }

  assert {
    condition     = jsondecode(aws_lambda_invocation.this.input).password_version == 2 && aws_secretsmanager_secret_version.this.secret_string_wo_version == 2
    error_message = "the function is told, the secret is written"
  }
}

run "name_with_hyphen" {
  command = plan
  variables { name = "shop-brave-otter" }
  expect_failures = [var.name]
}

run "system_database" {
  command = plan
  variables { name = "postgres" }
  expect_failures = [var.name]
}

run "role_too_long_for_its_owner" {
  command = plan
  variables { role = "a123456789012345678901234567890123456789012345678901234567" }
  expect_failures = [var.role]
}

run "password_not_for_a_url" {
  command = plan
  variables { password = "abcdefghijklmnop/@:0123" }
  expect_failures = [var.password]
}

run "malformed_secret_name" {
  command = plan
  variables { secret_name = "shop otter" }
  expect_failures = [var.secret_name]
}

run "short_recovery_window" {
  command = plan
  variables { recovery_window_in_days = 3 }
  expect_failures = [var.recovery_window_in_days]
}

run "port_zero" {
  command = plan
  variables { port = 0 }
  expect_failures = [var.port]
}

run "password_version_zero" {
  command = plan
  variables { password_version = 0 }
  expect_failures = [var.password_version]
}
