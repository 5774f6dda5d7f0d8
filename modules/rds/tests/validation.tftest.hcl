mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  name                      = "shop-brave-otter"
  vpc_id                    = "vpc-1"
  subnet_ids                = ["subnet-1", "subnet-2"]
  client_security_group_ids = { tasks = "sg-tasks" }
  password                  = "abcdefghijklmnop0123456789"
  protected                 = false
  secret_name               = "shop/brave-otter/database"
}

run "name_with_double_hyphen" {
  command = plan
  variables { name = "shop--otter" }
  expect_failures = [var.name]
}

run "name_ends_with_hyphen" {
  command = plan
  variables { name = "shop-" }
  expect_failures = [var.name]
}

run "password_short" {
  command = plan
  variables { password = "short" }
  expect_failures = [var.password]
}

run "password_not_for_a_url" {
  command = plan
  variables { password = "abcdefghijklmnop/@:0123" }
  expect_failures = [var.password]
}

run "one_subnet" {
  command = plan
  variables { subnet_ids = ["subnet-1"] }
  expect_failures = [var.subnet_ids]
}

run "old_engine" {
  command = plan
  variables { engine_version = "14" }
  expect_failures = [var.engine_version]
}

run "storage_too_small" {
  command = plan
  variables { storage = 10 }
  expect_failures = [var.storage]
}

run "malformed_class" {
  command = plan
  variables { instance_class = "t4g.micro" }
  expect_failures = [var.instance_class]
}

run "reserved_user" {
  command = plan
  variables { username = "admin" }
  expect_failures = [var.username]
}

run "malformed_database" {
  command = plan
  variables { database_name = "shop-otter" }
  expect_failures = [var.database_name]
}

run "password_version_zero" {
  command = plan
  variables { password_version = 0 }
  expect_failures = [var.password_version]
}

run "privileged_port" {
  command = plan
  variables { port = 80 }
  expect_failures = [var.port]
}

run "malformed_secret_name" {
  command = plan
  variables { secret_name = "shop otter" }
  expect_failures = [var.secret_name]
}
