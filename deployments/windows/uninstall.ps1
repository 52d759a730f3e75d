# 停止并删除计划任务；办公室文件夹和数据不动。以管理员身份执行。
param([string] $TaskName = 'huizong')
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = [System.Text.Encoding]::UTF8
Stop-ScheduledTask -TaskName $TaskName -ErrorAction SilentlyContinue
# 任务只结束 serve 本身；它启动的调度服务和工作进程在这里一并结束，未完成的一夜下次接着做
Get-CimInstance Win32_Process -Filter "Name = 'python.exe'" |
    Where-Object { $_.CommandLine -match 'prefect server start|flows\.serve\.worker|prefect\.engine' } |
    ForEach-Object { Stop-Process -Id $_.ProcessId -Force -ErrorAction SilentlyContinue }
foreach ($name in $TaskName, "$TaskName-alarm") { Unregister-ScheduledTask -TaskName $name -Confirm:$false -ErrorAction SilentlyContinue }
Write-Host "已删除计划任务 $TaskName。"
