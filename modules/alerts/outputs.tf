output "topic_arn" {
  description = "ARN of the topic, for alarms of your own."
  value       = aws_sns_topic.this.arn
}
