locals {
  cluster_name      = split("/", var.cluster_arn)[1]
  capacity_provider = { on-demand = "FARGATE", spot = "FARGATE_SPOT" }[var.capacity]
  autoscaled        = var.task_count.max > var.task_count.min
  service_name      = one(concat(aws_ecs_service.this[*].name, aws_ecs_service.autoscaled[*].name))
  load_balancers    = aws_lb_target_group.this[*].arn
  grace_period      = var.route == null ? null : var.health_check_grace_period_seconds
}

# The service exists twice because ignore_changes cannot be conditional: `this` holds its fixed count against any drift,
# `autoscaled` (see autoscaling.tf) leaves its count to the scaling policy. Exactly one of the two is there.
resource "aws_ecs_service" "this" {
  count = local.autoscaled ? 0 : 1

  name                               = var.name
  cluster                            = var.cluster_arn
  task_definition                    = aws_ecs_task_definition.this.arn
  desired_count                      = var.task_count.min
  platform_version                   = "LATEST"
  availability_zone_rebalancing      = "DISABLED"
  deployment_maximum_percent         = var.deployment_maximum_percent
  deployment_minimum_healthy_percent = var.deployment_minimum_healthy_percent
  enable_ecs_managed_tags            = true
  enable_execute_command             = var.enable_execute_command
  force_delete                       = var.force_delete
  health_check_grace_period_seconds  = local.grace_period
  propagate_tags                     = "SERVICE"
  wait_for_steady_state              = false

  # Without it a change of capacity replaces the service instead of rolling over.
  force_new_deployment = true

  capacity_provider_strategy {
    capacity_provider = local.capacity_provider
    weight            = 1
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    assign_public_ip = var.assign_public_ip
    security_groups  = var.security_group_ids
    subnets          = var.subnet_ids
  }

  dynamic "load_balancer" {
    for_each = local.load_balancers

    content {
      container_name   = var.service
      container_port   = var.port
      target_group_arn = load_balancer.value
    }
  }

  tags = { Name = var.name }

  timeouts {
    delete = "10m"
  }

  # ECS refuses a target group that no load balancer uses.
  depends_on = [aws_lb_listener_rule.this]
}
