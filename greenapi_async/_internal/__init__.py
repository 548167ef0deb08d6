"""What every other package may import: tasks and time on asyncio and trio, and imports on first use."""
