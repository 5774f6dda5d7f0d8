mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  cluster_arn        = "arn:aws:ecs:us-east-1:123456789012:cluster/shop-platform"
  execution_role_arn = "arn:aws:iam::123456789012:role/shop-platform-execution"
  image              = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web:pr-7-0a1b2c3"
  log_group_name     = "/devtool/shop-platform"
  log_stream_prefix  = "brave-otter"
  name               = "shop-brave-otter-web"
  region             = "us-east-1"
  security_group_ids = ["sg-tasks"]
  service            = "web"
  subnet_ids         = ["subnet-1", "subnet-2"]
  task_role_arn      = "arn:aws:iam::123456789012:role/shop-platform-task"
}

run "memory_that_does_not_fit_cpu" {
  command = plan

  variables {
    cpu    = 256
    memory = 4096
  }

  expect_failures = [var.memory]
}

run "memory_between_steps" {
  command = plan

  variables {
    cpu    = 8192
    memory = 17408
  }

  expect_failures = [var.memory]
}

run "largest_pair" {
  command = plan

  variables {
    cpu    = 16384
    memory = 122880
  }
}

run "unknown_cpu" {
  command = plan
  variables { cpu = 300 }
  expect_failures = [var.cpu]
}

run "max_below_min" {
  command = plan
  variables { task_count = { min = 2, max = 1 } }
  expect_failures = [var.task_count]
}

run "half_a_task" {
  command = plan
  variables { task_count = { min = 0.5, max = 1 } }
  expect_failures = [var.task_count]
}

run "route_without_port" {
  command = plan

  variables {
    route = {
      listener_arn      = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/0123456789abcdef/fedcba9876543210"
      priority          = 850
      path              = "/"
      target_group_name = "shop-brave-otter-web"
      vpc_id            = "vpc-1"
    }
  }

  expect_failures = [var.route]
}

run "route_with_wildcard" {
  command = plan

  variables {
    port = 3000

    route = {
      listener_arn      = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/0123456789abcdef/fedcba9876543210"
      priority          = 850
      path              = "/api/*"
      target_group_name = "shop-brave-otter-web"
      vpc_id            = "vpc-1"
    }
  }

  expect_failures = [var.route]
}

run "priority_too_high" {
  command = plan

  variables {
    port = 3000

    route = {
      listener_arn      = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/0123456789abcdef/fedcba9876543210"
      priority          = 50001
      path              = "/"
      target_group_name = "shop-brave-otter-web"
      vpc_id            = "vpc-1"
    }
  }

  expect_failures = [var.route]
}

run "target_group_name_too_long" {
  command = plan

  variables {
    port = 3000

    route = {
      listener_arn      = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/0123456789abcdef/fedcba9876543210"
      priority          = 850
      path              = "/"
      target_group_name = "a-name-of-more-than-thirty-two-ch"
      vpc_id            = "vpc-1"
    }
  }

  expect_failures = [var.route]
}

run "health_check_path_without_slash" {
  command = plan

  variables {
    port = 3000

    route = {
      health_check_path = "healthz"
      listener_arn      = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/0123456789abcdef/fedcba9876543210"
      priority          = 850
      path              = "/"
      target_group_name = "shop-brave-otter-web"
      vpc_id            = "vpc-1"
    }
  }

  expect_failures = [var.route]
}

run "same_variable_twice" {
  command = plan

  variables {
    environment = { PGPASSWORD = "in the open" }
    secrets     = { PGPASSWORD = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/brave-otter/database-AbCdEf:password::" }
  }

  expect_failures = [var.secrets]
}

run "malformed_variable_name" {
  command = plan
  variables { environment = { "LOG-LEVEL" = "info" } }
  expect_failures = [var.environment]
}

run "init_container_named_like_the_service" {
  command = plan
  variables { init_containers = [{ name = "web", image = "busybox" }] }
  expect_failures = [var.init_containers]
}

run "malformed_health_check" {
  command = plan
  variables { health_check_command = ["node", "check.js"] }
  expect_failures = [var.health_check_command]
}

run "deployment_that_cannot_move" {
  command = plan
  variables { deployment_maximum_percent = 100 }
  expect_failures = [var.deployment_minimum_healthy_percent]
}

run "unknown_capacity" {
  command = plan
  variables { capacity = "reserved" }
  expect_failures = [var.capacity]
}

run "unknown_architecture" {
  command = plan
  variables { cpu_architecture = "arm" }
  expect_failures = [var.cpu_architecture]
}

run "malformed_cluster" {
  command = plan
  variables { cluster_arn = "shop-platform" }
  expect_failures = [var.cluster_arn]
}

run "malformed_image" {
  command = plan
  variables { image = "nginx latest" }
  expect_failures = [var.image]
}

run "malformed_service" {
  command = plan
  variables { service = "Web" }
  expect_failures = [var.service]
}

run "log_stream_prefix_with_slash" {
  command = plan
  variables { log_stream_prefix = "brave/otter" }
  expect_failures = [var.log_stream_prefix]
}

run "port_too_high" {
  command = plan
  variables { port = 65536 }
  expect_failures = [var.port]
}

run "stop_timeout_too_long" {
  command = plan
  variables { stop_timeout = 121 }
  expect_failures = [var.stop_timeout]
}

run "no_security_group" {
  command = plan
  variables { security_group_ids = [] }
  expect_failures = [var.security_group_ids]
}

run "no_subnet" {
  command = plan
  variables { subnet_ids = [] }
  expect_failures = [var.subnet_ids]
}

run "relative_writable_path" {
  command = plan
  variables { writable_paths = ["tmp"] }
  expect_failures = [var.writable_paths]
}

run "autoscaling_target_too_high" {
  command = plan
  variables { autoscaling_cpu_target = 100 }
  expect_failures = [var.autoscaling_cpu_target]
}
