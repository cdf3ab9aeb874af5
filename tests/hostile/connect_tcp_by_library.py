# threat: 22
# verdict: passed
# reaches: tcp
{RIGHT}
import urllib.request
try:
    urllib.request.urlopen("http://127.0.0.1:{TCP}/{TOKEN}", timeout=0.5)
except OSError as error:
    print(error)
