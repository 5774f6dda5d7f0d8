locals {
  # "/" takes everything; "/api" takes itself and what is below it, but not "/apiary".
  path_patterns = var.route == null ? [] : var.route.path == "/" ? ["/*"] : [var.route.path, "${var.route.path}/*"]
}

# The port is a placeholder: ECS registers each task with the container's own, and checks go there. So no change of the port
# ever replaces the group.
resource "aws_lb_target_group" "this" {
  count = var.route == null ? 0 : 1

  name                 = var.route.target_group_name
  vpc_id               = var.route.vpc_id
  target_type          = "ip"
  port                 = 80
  protocol             = "HTTP"
  deregistration_delay = var.deregistration_delay

  # A new target needs one passing check, whatever healthy_threshold says: the interval is what makes a start fast.
  health_check {
    path                = var.route.health_check_path
    matcher             = "200-399"
    interval            = 5
    timeout             = 2
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  tags = { Name = var.name }
}

resource "aws_lb_listener_rule" "this" {
  count = var.route == null ? 0 : 1

  listener_arn = var.route.listener_arn
  priority     = var.route.priority

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[0].arn
  }

  dynamic "condition" {
    for_each = var.route.host == null ? [] : [var.route.host]

    content {
      host_header {
        values = [condition.value]
      }
    }
  }

  condition {
    path_pattern {
      values = local.path_patterns
    }
  }

  tags = { Name = var.name }

  # A group that a rule uses cannot be deleted: when it must be replaced, the rule goes first and comes back after.
  lifecycle {
    replace_triggered_by = [aws_lb_target_group.this[0].arn]
  }
}
