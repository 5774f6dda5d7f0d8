output "container" {
  description = "The container that runs before a service starts: an element of init_containers of module ecs-service."
  value = {
    name        = local.container_name
    image       = var.image
    command     = var.command
    environment = var.environment
    secrets     = var.secrets
  }
}

output "log_stream_prefix" {
  description = "What the names of the migrations' log streams begin with, in a service's task and in the one-off task alike: <prefix>/migrations/."
  value       = "${var.log_stream_prefix}/${local.container_name}/"
}

output "task_definition_arn" {
  description = "ARN of the one-off task definition, with its revision."
  value       = aws_ecs_task_definition.this.arn
}

output "task_definition_family" {
  description = "Family of the one-off task definition; running it takes the newest revision."
  value       = aws_ecs_task_definition.this.family
}
