output "cluster_name" {
  description = "Name of the cluster that the service runs in."
  value       = local.cluster_name
}

output "container_name" {
  description = "Name of the main container."
  value       = var.service
}

output "log_group_name" {
  description = "Log group that the containers write to."
  value       = var.log_group_name
}

output "log_stream_prefix" {
  description = "First part of the log stream names <prefix>/<container>/<task id>."
  value       = var.log_stream_prefix
}

output "service_name" {
  description = "Name of the ECS service."
  value       = local.service_name
}

output "target_group_arn" {
  description = "ARN of the target group; null for a worker."
  value       = one(aws_lb_target_group.this[*].arn)
}

output "target_group_arn_suffix" {
  description = "Target group dimension of CloudWatch metrics; null for a worker."
  value       = one(aws_lb_target_group.this[*].arn_suffix)
}

output "task_definition_arn" {
  description = "ARN of the task definition, with its revision."
  value       = aws_ecs_task_definition.this.arn
}
