# Runs as: sh -c "$(cat watchdog.sh)" watchdog INITDB POSTGRES FOLDER SEGMENT_MB [POSTGRES ARGUMENT...]
# Standard input: open as long as the cluster is wanted. Standard output: nothing, open until all is over. Standard error: the log.
# A server that ends while the file FOLDER/halt is there is started again at the next line of standard input; the file FOLDER/halted says that
# the line is waited for. A line that comes sooner could be taken by the guard.
initdb=$1 postgres=$2 folder=$3 segment=$4
shift 4
exec 3<&0 </dev/null

if "$initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync --no-instructions --wal-segsize="$segment" >&2; then
	while :; do
		"$postgres" -D "$folder/data" "$@" >&2 3<&- &
		server=$!
		# The data is thrown away, so SIGQUIT: an immediate stop. The shell starts a background program with SIGQUIT ignored,
		# so SIGTERM comes first, for a server so young that it has not yet installed its handlers.
		(read -r _ <&3; kill -TERM "$server"; kill -QUIT "$server") >&2 &
		guard=$!
		wait "$server"
		kill "$guard"
		wait "$guard" # or it would take the line that is for us
		mv "$folder/halt" "$folder/halted" 2>&- && read -r _ <&3 && rm "$folder/halted" || break
	done
fi
rm -rf "$folder"
