mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  name       = "shop-brave-otter"
  vpc_id     = "vpc-1"
  subnet_ids = ["subnet-1", "subnet-2"]
}

run "name_too_long" {
  command = plan
  variables { name = "a-name-of-more-than-thirty-two-ch" }
  expect_failures = [var.name]
}

run "name_reserved" {
  command = plan
  variables { name = "internal-shop" }
  expect_failures = [var.name]
}

run "one_subnet" {
  command = plan
  variables { subnet_ids = ["subnet-1"] }
  expect_failures = [var.subnet_ids]
}

run "domain_with_wildcard" {
  command = plan

  variables {
    domain  = "*.preview.example.com"
    zone_id = "Z1"
  }

  expect_failures = [var.domain]
}

run "domain_without_zone" {
  command = plan
  variables { domain = "preview.example.com" }
  expect_failures = [var.zone_id]
}

run "old_tls_policy" {
  command = plan
  variables { ssl_policy = "ELBSecurityPolicy-2016-08" }
  expect_failures = [var.ssl_policy]
}

run "malformed_ingress" {
  command = plan
  variables { ingress_cidr_blocks = ["everyone"] }
  expect_failures = [var.ingress_cidr_blocks]
}

run "idle_timeout_zero" {
  command = plan
  variables { idle_timeout = 0 }
  expect_failures = [var.idle_timeout]
}
