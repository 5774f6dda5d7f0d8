output "execution_role_arn" {
  description = "ARN of the role that ECS itself uses; known once its policy is attached, and destroyed after what runs with it."
  value       = aws_iam_role.execution.arn
  depends_on  = [aws_iam_role_policy.execution]
}

output "task_role_arn" {
  description = "ARN of the role that the code in the containers uses."
  value       = aws_iam_role.task.arn
  depends_on  = [aws_iam_role_policy.execute_command]
}

output "task_role_name" {
  description = "Name of that role, to attach policies of your own."
  value       = aws_iam_role.task.name
}
