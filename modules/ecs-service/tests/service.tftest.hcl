mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  cluster_arn        = "arn:aws:ecs:us-east-1:123456789012:cluster/shop-platform"
  execution_role_arn = "arn:aws:iam::123456789012:role/shop-platform-execution"
  image              = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/api:pr-7-0a1b2c3"
  log_group_name     = "/devtool/shop-platform"
  log_stream_prefix  = "brave-otter"
  name               = "shop-brave-otter-api"
  port               = 3000
  region             = "us-east-1"
  security_group_ids = ["sg-tasks"]
  service            = "api"
  subnet_ids         = ["subnet-1", "subnet-2"]
  task_role_arn      = "arn:aws:iam::123456789012:role/shop-platform-task"

  route = {
    listener_arn      = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/0123456789abcdef/fedcba9876543210"
    priority          = 850
    host              = "brave-otter.preview.example.com"
    path              = "/api"
    target_group_name = "shop-brave-otter-api"
    vpc_id            = "vpc-1"
    health_check_path = "/api/healthz"
  }
}

run "routed" {
  variables {
    environment = { PORT = "3000", LOG_LEVEL = "info" }
    secrets     = { PGPASSWORD = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/brave-otter/database-AbCdEf:password::" }
  }

  assert {
    condition     = length(aws_ecs_service.this) == 1 && length(aws_ecs_service.autoscaled) == 0 && length(aws_lb_target_group.this) == 1 && length(aws_lb_listener_rule.this) == 1 && length(aws_appautoscaling_target.this) == 0 && length(aws_appautoscaling_policy.cpu) == 0
    error_message = "four resources: task definition, service, target group, rule"
  }

  assert {
    condition     = toset(flatten(aws_lb_listener_rule.this[0].condition[*].path_pattern[*].values[*])) == toset(["/api", "/api/*"])
    error_message = "the path and what is below it"
  }

  assert {
    condition     = toset(flatten(aws_lb_listener_rule.this[0].condition[*].host_header[*].values[*])) == toset(["brave-otter.preview.example.com"])
    error_message = "the host"
  }

  assert {
    condition     = aws_lb_listener_rule.this[0].priority == 850 && aws_lb_listener_rule.this[0].action[0].target_group_arn == output.target_group_arn
    error_message = "the rule forwards to the target group"
  }

  assert {
    condition     = aws_lb_target_group.this[0].deregistration_delay == "5" && aws_lb_target_group.this[0].health_check[0].interval == 5 && aws_lb_target_group.this[0].health_check[0].timeout == 2 && aws_lb_target_group.this[0].health_check[0].path == "/api/healthz"
    error_message = "fast drain, fast checks [20][P14]"
  }

  assert {
    condition     = one(aws_ecs_service.this[0].load_balancer).container_name == "api" && one(aws_ecs_service.this[0].load_balancer).container_port == 3000 && aws_ecs_service.this[0].health_check_grace_period_seconds == 120
    error_message = "the service registers its tasks"
  }

  assert {
    condition     = aws_ecs_service.this[0].availability_zone_rebalancing == "DISABLED" && !aws_ecs_service.this[0].wait_for_steady_state && aws_ecs_service.this[0].deployment_circuit_breaker[0].enable && aws_ecs_service.this[0].propagate_tags == "SERVICE"
    error_message = "no rebalancing, no waiting, circuit breaker, tags on tasks"
  }

  assert {
    condition     = one(aws_ecs_service.this[0].capacity_provider_strategy).capacity_provider == "FARGATE" && !aws_ecs_service.this[0].force_delete && !aws_ecs_service.this[0].network_configuration[0].assign_public_ip
    error_message = "on demand, deleted gently, private"
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment == [{ name = "LOG_LEVEL", value = "info" }, { name = "PORT", value = "3000" }]
    error_message = "variables in a fixed order"
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].secrets[0].valueFrom == "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/brave-otter/database-AbCdEf:password::"
    error_message = "secrets by reference"
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem && jsondecode(aws_ecs_task_definition.this.container_definitions)[0].stopTimeout == 5 && !can(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].healthCheck) && !can(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].command)
    error_message = "read-only root, short stop, no container check and the image's own command"
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].mountPoints == [{ sourceVolume = "api-tmp", containerPath = "/tmp", readOnly = false }] && [for volume in aws_ecs_task_definition.this.volume : volume.name] == ["api-tmp"]
    error_message = "/tmp is writable"
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].logConfiguration.options == { "awslogs-group" = "/devtool/shop-platform", "awslogs-region" = "us-east-1", "awslogs-stream-prefix" = "brave-otter" } && output.log_stream_prefix == "brave-otter"
    error_message = "logs go to the environment's streams"
  }

  assert {
    condition     = output.cluster_name == "shop-platform" && output.service_name == "shop-brave-otter-api"
    error_message = "what ECS calls it"
  }
}

run "root_path_for_any_host" {
  command = plan

  variables {
    route = {
      listener_arn      = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/0123456789abcdef/fedcba9876543210"
      priority          = 851
      path              = "/"
      target_group_name = "shop-brave-otter-web"
      vpc_id            = "vpc-1"
    }
  }

  assert {
    condition     = length(aws_lb_listener_rule.this[0].condition) == 1 && toset(flatten(aws_lb_listener_rule.this[0].condition[*].path_pattern[*].values[*])) == toset(["/*"])
    error_message = "everything, whatever the host"
  }
}

run "worker" {
  variables {
    port  = null
    route = null
  }

  assert {
    condition     = length(aws_lb_target_group.this) == 0 && length(aws_lb_listener_rule.this) == 0 && length(aws_ecs_service.this[0].load_balancer) == 0
    error_message = "no load balancer"
  }

  assert {
    condition     = output.target_group_arn == null && aws_ecs_service.this[0].health_check_grace_period_seconds == null && jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings == []
    error_message = "no target group, no grace period, no port"
  }
}

run "init_containers_in_order" {
  command = plan

  variables {
    init_containers = [
      { name = "migrations", image = "shop/migrations:1", secrets = { DATABASE_URL = "arn:aws:secretsmanager:us-east-1:123456789012:secret:x:url::" } },
      { name = "warm-up", image = "shop/warm-up:1", command = ["warm"], environment = { LEVEL = "2" } },
    ]
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[*].name == ["api", "migrations", "warm-up"] && jsondecode(aws_ecs_task_definition.this.container_definitions)[*].essential == [true, false, false]
    error_message = "only the main container is essential: ECS demands it of containers that must succeed"
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].dependsOn == [{ containerName = "warm-up", condition = "SUCCESS" }] && jsondecode(aws_ecs_task_definition.this.container_definitions)[2].dependsOn == [{ containerName = "migrations", condition = "SUCCESS" }] && !can(jsondecode(aws_ecs_task_definition.this.container_definitions)[1].dependsOn)
    error_message = "each after the success of the one before [P25]"
  }

  assert {
    condition     = toset([for volume in aws_ecs_task_definition.this.volume : volume.name]) == toset(["api-tmp", "migrations-tmp", "warm-up-tmp"])
    error_message = "a scratch volume for each"
  }
}

run "autoscaled" {
  variables { task_count = { min = 2, max = 6 } }

  assert {
    condition     = length(aws_ecs_service.this) == 0 && aws_ecs_service.autoscaled[0].desired_count == 2 && output.service_name == "shop-brave-otter-api-autoscaled"
    error_message = "the service whose count is left alone"
  }

  assert {
    condition     = aws_appautoscaling_target.this[0].min_capacity == 2 && aws_appautoscaling_target.this[0].max_capacity == 6 && aws_appautoscaling_target.this[0].resource_id == "service/shop-platform/shop-brave-otter-api-autoscaled"
    error_message = "between min and max"
  }

  assert {
    condition     = aws_appautoscaling_policy.cpu[0].target_tracking_scaling_policy_configuration[0].target_value == 60
    error_message = "by CPU"
  }
}

run "chosen" {
  command = plan

  variables {
    capacity               = "spot"
    enable_execute_command = true
    force_delete           = true
    task_count             = { min = 3, max = 3 }
  }

  assert {
    condition     = one(aws_ecs_service.this[0].capacity_provider_strategy).capacity_provider == "FARGATE_SPOT" && aws_ecs_service.this[0].enable_execute_command && aws_ecs_service.this[0].force_delete && aws_ecs_service.this[0].desired_count == 3
    error_message = "what was chosen"
  }

  assert {
    condition     = !jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem
    error_message = "a shell needs a writable root"
  }

  # Whoever edits one of the twins must edit the other: line by line they differ in count, name and lifecycle only.
  assert {
    condition = length(aws_ecs_service.this) == 1 && jsonencode([
      for pair in [["main.tf", "this", "autoscaling.tf", "autoscaled"], ["autoscaling.tf", "autoscaled", "main.tf", "this"]] : sort(setsubtract(
        [for line in split("\n", regex("(?s)\"aws_ecs_service\" \"${pair[1]}\" [{]\n(.*?)\n[}]", file(pair[0]))[0]) : replace(trimspace(line), "/ +/", " ") if !startswith(trimspace(line), "#")],
        [for line in split("\n", regex("(?s)\"aws_ecs_service\" \"${pair[3]}\" [{]\n(.*?)\n[}]", file(pair[2]))[0]) : replace(trimspace(line), "/ +/", " ")],
      ))
      ]) == jsonencode([
      ["count = local.autoscaled ? 0 : 1", "name = var.name"],
      ["count = local.autoscaled ? 1 : 0", "ignore_changes = [desired_count]", "lifecycle {", "name = \"$${var.name}-autoscaled\""],
    ])
    error_message = "aws_ecs_service.this and aws_ecs_service.autoscaled have drifted apart"
  }
}

run "taken_apart_in_order" {
  command = plan

  assert {
    condition     = length(aws_lb_listener_rule.this) == 1 && length(regexall("replace_triggered_by = \\[aws_lb_target_group[.]this\\[0\\][.]arn\\]", file("routing.tf"))) == 1
    error_message = "a target group that must be replaced is let go of by its rule first [21]"
  }

  assert {
    condition     = length(aws_ecs_service.this) == 1 && length(regexall("depends_on = \\[aws_lb_listener_rule[.]this\\]", "${file("main.tf")}${file("autoscaling.tf")}")) == 2
    error_message = "a service goes before the rule of its target group [20][21]"
  }
}

run "container_health_check" {
  command = plan
  variables { health_check_command = ["CMD", "node", "check.js"] }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].healthCheck.command == ["CMD", "node", "check.js"] && jsondecode(aws_ecs_task_definition.this.container_definitions)[0].healthCheck.startPeriod == 120
    error_message = "the command that was given"
  }
}
