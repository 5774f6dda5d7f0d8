mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  name       = "shop-brave-otter"
  region     = "us-east-1"
  cidr_block = "10.40.0.0/16"
  zones      = ["us-east-1a", "us-east-1b"]
}

run "one_zone" {
  command = plan
  variables { zones = ["us-east-1a"] }
  expect_failures = [var.zones]
}

run "same_zone_twice" {
  command = plan
  variables { zones = ["us-east-1a", "us-east-1a"] }
  expect_failures = [var.zones]
}

run "range_too_small" {
  command = plan
  variables { cidr_block = "10.40.0.0/24" }
  expect_failures = [var.cidr_block]
}

run "range_malformed" {
  command = plan
  variables { cidr_block = "10.40.0.0" }
  expect_failures = [var.cidr_block]
}

run "unknown_nat_mode" {
  command = plan
  variables { nat = "many" }
  expect_failures = [var.nat]
}

run "unknown_retention" {
  command = plan
  variables { flow_log_retention_days = 42 }
  expect_failures = [var.flow_log_retention_days]
}

run "malformed_endpoint" {
  command = plan
  variables { interface_endpoints = ["Secrets Manager"] }
  expect_failures = [var.interface_endpoints]
}

run "malformed_region" {
  command = plan
  variables { region = "here" }
  expect_failures = [var.region]
}

run "malformed_name" {
  command = plan
  variables { name = "Shop" }
  expect_failures = [var.name]
}
