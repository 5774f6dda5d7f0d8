locals {
  # The agent of ECS Exec writes to the container's own disk.
  readonly = var.readonly_root_filesystem && !var.enable_execute_command

  main_container = {
    name        = var.service
    image       = var.image
    essential   = true
    command     = var.command
    environment = var.environment
    secrets     = var.secrets
    ports       = var.port == null ? [] : [var.port]
    dependsOn   = slice(local.init_names, max(0, length(local.init_names) - 1), length(local.init_names))
    healthCheck = var.health_check_command == null ? null : {
      command     = var.health_check_command
      interval    = 10
      timeout     = 5
      retries     = 3
      startPeriod = min(var.health_check_grace_period_seconds, 300)
    }
  }

  init_names = var.init_containers[*].name
  init_containers = [
    for index, container in var.init_containers : {
      name        = container.name
      image       = container.image
      essential   = false
      command     = container.command
      environment = container.environment
      secrets     = container.secrets
      ports       = []
      healthCheck = null
      dependsOn   = slice(local.init_names, max(0, index - 1), index)
    }
  ]

  containers = concat([local.main_container], local.init_containers)

  # Absent fields are left out, lists stand in a fixed order: what ECS gives back then equals what was sent.
  container_definitions = [
    for container in local.containers : merge(
      {
        name                   = container.name
        image                  = container.image
        essential              = container.essential
        environment            = [for name, value in container.environment : { name = name, value = value }]
        secrets                = [for name, value in container.secrets : { name = name, valueFrom = value }]
        portMappings           = [for port in container.ports : { containerPort = port, hostPort = port, protocol = "tcp" }]
        mountPoints            = [for path in var.writable_paths : { sourceVolume = "${container.name}${replace(path, "/", "-")}", containerPath = path, readOnly = false }]
        readonlyRootFilesystem = local.readonly
        linuxParameters        = { initProcessEnabled = true }
        stopTimeout            = var.stop_timeout
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            "awslogs-group"         = var.log_group_name
            "awslogs-region"        = var.region
            "awslogs-stream-prefix" = var.log_stream_prefix
          }
        }
      },
      {
        for key, value in {
          command     = container.command
          dependsOn   = length(container.dependsOn) == 0 ? null : [for name in container.dependsOn : { containerName = name, condition = "SUCCESS" }]
          healthCheck = container.healthCheck
        } : key => value if value != null
      },
    )
  ]

  volumes = toset(flatten([for container in local.containers : [for path in var.writable_paths : "${container.name}${replace(path, "/", "-")}"]]))
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = var.execution_role_arn
  task_role_arn            = var.task_role_arn
  container_definitions    = jsonencode(local.container_definitions)

  runtime_platform {
    cpu_architecture        = var.cpu_architecture
    operating_system_family = "LINUX"
  }

  dynamic "volume" {
    for_each = local.volumes

    content {
      name = volume.value
    }
  }

  tags = { Name = var.name }
}
