locals {
  container_name = "migrations"

  container_definition = merge(
    {
      name                   = local.container_name
      image                  = var.image
      essential              = true
      environment            = [for name, value in var.environment : { name = name, value = value }]
      secrets                = [for name, value in var.secrets : { name = name, valueFrom = value }]
      portMappings           = []
      mountPoints            = [for path in var.writable_paths : { sourceVolume = "${local.container_name}${replace(path, "/", "-")}", containerPath = path, readOnly = false }]
      readonlyRootFilesystem = var.readonly_root_filesystem
      linuxParameters        = { initProcessEnabled = true }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group"         = var.log_group_name
          "awslogs-region"        = var.region
          "awslogs-stream-prefix" = var.log_stream_prefix
        }
      }
    },
    var.command == null ? {} : { command = var.command },
  )
}

# Only for running the migrations by hand (aws ecs run-task): a deployment runs the container of output "container".
resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = var.execution_role_arn
  task_role_arn            = var.task_role_arn
  container_definitions    = jsonencode([local.container_definition])

  runtime_platform {
    cpu_architecture        = var.cpu_architecture
    operating_system_family = "LINUX"
  }

  dynamic "volume" {
    for_each = toset([for path in var.writable_paths : "${local.container_name}${replace(path, "/", "-")}"])

    content {
      name = volume.value
    }
  }

  tags = { Name = var.name }
}
