# 停止并删除计划任务；办公室文件夹和数据不动。以管理员身份执行。
param([string] $TaskName = 'huizong')
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = [System.Text.Encoding]::UTF8
$task = Get-ScheduledTask -TaskName $TaskName -ErrorAction SilentlyContinue
if ($task) {
    # 任务只结束 serve 本身；它启动的调度服务和工作进程在这里一并结束，别的办公室、别的程序不动；未完成的一夜下次接着做
    $said = $task.Actions[0].Arguments
    $all = @(Get-CimInstance Win32_Process)
    $ours = @($all | Where-Object { $_.CommandLine -and $_.CommandLine.Contains($said) } | ForEach-Object { $_.ProcessId })
    for ($i = 0; $i -lt $ours.Count; $i++) {
        $ours += @($all | Where-Object { $_.ParentProcessId -eq $ours[$i] -and $ours -notcontains $_.ProcessId } | ForEach-Object { $_.ProcessId })
    }
    Stop-ScheduledTask -TaskName $TaskName
    $ours | ForEach-Object { Stop-Process -Id $_ -Force -ErrorAction SilentlyContinue }
}
foreach ($name in $TaskName, "$TaskName-alarm") { Unregister-ScheduledTask -TaskName $name -Confirm:$false -ErrorAction SilentlyContinue }
Write-Host "已删除计划任务 $TaskName。"
