output "cluster_arn" {
  description = "ARN of the cluster; known once its capacity providers are, so that a service on Spot finds them."
  value       = aws_ecs_cluster.this.arn
  depends_on  = [aws_ecs_cluster_capacity_providers.this]
}

output "cluster_name" {
  description = "Name of the cluster."
  value       = aws_ecs_cluster.this.name
}

output "log_group_arn" {
  description = "ARN of the log group, without the trailing :*."
  value       = aws_cloudwatch_log_group.this.arn
}

output "log_group_name" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "tasks_security_group_id" {
  description = "ID of the security group that tasks run with."
  value       = aws_security_group.tasks.id
}
