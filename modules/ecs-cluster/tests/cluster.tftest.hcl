mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  name                            = "shop-platform"
  vpc_id                          = "vpc-1"
  load_balancer_security_group_id = "sg-alb"
}

run "defaults" {
  assert {
    condition     = aws_ecs_cluster_capacity_providers.this.capacity_providers == toset(["FARGATE", "FARGATE_SPOT"])
    error_message = "both kinds of Fargate"
  }

  assert {
    condition     = one(aws_ecs_cluster.this.setting).value == "disabled"
    error_message = "Container Insights costs, so it is off unless asked for"
  }

  assert {
    condition     = output.log_group_name == "/devtool/shop-platform" && aws_cloudwatch_log_group.this.retention_in_days == 14
    error_message = "one log group named after the cluster, with an end [25]"
  }

  assert {
    condition     = length(aws_security_group.tasks.ingress) + length(aws_security_group.tasks.egress) == 0
    error_message = "rules are resources of their own: groups that name each other can be taken apart [19]"
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.load_balancer.referenced_security_group_id == "sg-alb" && aws_vpc_security_group_ingress_rule.load_balancer.security_group_id == output.tasks_security_group_id
    error_message = "tasks let in the load balancer only"
  }
}

run "chosen" {
  variables {
    container_insights = "enhanced"
    log_group_name     = "/shop/logs"
    log_retention_days = 90
  }

  assert {
    condition     = one(aws_ecs_cluster.this.setting).value == "enhanced" && output.log_group_name == "/shop/logs" && aws_cloudwatch_log_group.this.retention_in_days == 90
    error_message = "what was chosen"
  }
}

run "unknown_insights" {
  command = plan
  variables { container_insights = "on" }
  expect_failures = [var.container_insights]
}

run "unknown_retention" {
  command = plan
  variables { log_retention_days = 15 }
  expect_failures = [var.log_retention_days]
}

run "malformed_log_group" {
  command = plan
  variables { log_group_name = "with space" }
  expect_failures = [var.log_group_name]
}

run "malformed_name" {
  command = plan
  variables { name = "1shop" }
  expect_failures = [var.name]
}
